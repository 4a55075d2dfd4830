# What demo.sh and test.sh share; they source it from the project's root. It finds out which Debian
# packages the machine lacks, says so, and installs exactly those; it makes Python environments under
# build/, never outside; and it runs stages and measures them.
# shellcheck shell=bash

install=yes # --no-install sets it to no

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $*"; exit 1; }

# --- packages ------------------------------------------------------------------------------------

have_command() { command -v "$1" >/dev/null 2>&1; }
have_library() { have_command pkg-config && pkg-config --exists "$1"; }
have_header() { have_command gcc && printf '#include <%s>\n' "$1" | gcc -E -x c - >/dev/null 2>&1; }
have_cmake() { # 3.25 or later, which CMakePresets.json needs
    have_command cmake || return 1
    local version
    version=$(cmake --version | sed -n '1s/[^0-9]*\([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
    [ "${version% *}" -gt 3 ] || { [ "${version% *}" -eq 3 ] && [ "${version#* }" -ge 25 ]; }
}
have_gcc() { have_command gcc && printf 'int main(void){return 0;}' | gcc -x c - -o /dev/null 2>/dev/null; }
have_venv() { have_command python3 && python3 -c 'import venv, ensurepip' 2>/dev/null; }
have_certificates() { [ -n "${SSL_CERT_FILE:-}${CURL_CA_BUNDLE:-}" ] || [ -s /etc/ssl/certs/ca-certificates.crt ]; }
have_tsan() { # clang and its sanitizer's runtime
    have_command clang && printf 'int main(void){return 0;}' | clang -fsanitize=thread -x c - -o /dev/null 2>/dev/null
}
have_aarch64() { have_command aarch64-linux-gnu-gcc && have_command qemu-aarch64; }

# A package, and the question whether what it brings is there already, from wherever it came.
package_is_there() {
    case $1 in
    gcc) have_gcc ;;
    libc6-dev) have_header stdio.h ;;
    g++) have_command c++ || have_command g++ ;;
    make | curl | python3 | git | shellcheck) have_command "$1" ;;
    openmpi-bin) have_command mpirun ;;
    cmake) have_cmake ;;
    pkg-config) have_command pkg-config ;;
    binutils) have_command nm ;;
    abigail-tools) have_command abidiff ;;
    libjansson-dev) have_library jansson ;;
    libzip-dev) have_library libzip ;;
    zlib1g-dev) have_library zlib ;;
    libcurl4-openssl-dev) have_library libcurl ;; # or another of its variants
    libcsv-dev) have_header csv.h ;;
    chromium) have_command chromium ;;
    chromium-driver) have_command chromedriver ;;
    libmicrohttpd-dev) have_library libmicrohttpd ;;
    libopenmpi-dev) have_library ompi-c || have_library mpich ;;
    libcmocka-dev) have_library cmocka ;;
    locales) have_command localedef && [ -e /usr/share/i18n/locales/de_DE ] ;;
    ca-certificates) have_certificates ;;
    python3-venv) have_venv ;;
    clang | libclang-rt-dev) have_tsan ;;
    gcc-aarch64-linux-gnu | libc6-dev-arm64-cross | qemu-user) have_aarch64 ;;
    *) die "scripts/setup.sh knows no package $1" ;;
    esac
}

# shellcheck disable=SC2034 # demo.sh and test.sh use it
build_packages='gcc libc6-dev make cmake pkg-config libjansson-dev libcsv-dev libzip-dev zlib1g-dev libmicrohttpd-dev
libcurl4-openssl-dev'

# need_packages NAME...: returns when all are there, installing what is not.
need_packages() {
    local missing=() package sudo=()
    for package; do
        package_is_there "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$install" = no ]; then
        die "--no-install was given, and these Debian packages are missing: ${missing[*]}"
    fi
    have_command apt-get || die "no apt-get on this machine: install what Debian has as: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        have_command sudo || die "neither root nor sudo: let an administrator run: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    say "installing with apt: ${missing[*]}"
    local log
    log=$(mktemp)
    # Quiet unless it fails. The lists may be old or absent, as in a fresh container.
    if ! { "${sudo[@]}" apt-get update &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        die "apt-get could not install ${missing[*]}"
    fi
    rm -f "$log"
    hash -r
    for package in "${missing[@]}"; do
        package_is_there "$package" || die "$package was installed, and what it brings is still not found"
    done
}

# --- Python --------------------------------------------------------------------------------------

# make_venv DIRECTORY: an environment of its own, made once.
make_venv() {
    [ -x "$1/bin/python" ] && "$1/bin/python" -m pip --version >/dev/null 2>&1 && return 0
    rm -rf "$1"
    python3 -m venv "$1"
}

# fill_venv DIRECTORY REQUIREMENTS: installs what the file pins, unless this very file was installed
# before. Returns 1 where that can't be had; the reason is then in DIRECTORY/install.log.
fill_venv() {
    local sum
    sum=$(sha256sum <"$2")
    [ "$(cat "$1/installed" 2>/dev/null)" = "$sum" ] && return 0
    : >"$1/install.log"
    # torch first and pinned: asked for without a version, it may come as another build of many gigabytes.
    fill_torch "$1" "$(grep '^torch==' "$2")" "$(sed -n 's/^# torch for CUDA: //p' "$2")" &&
        pip_install "$1" -r "$2" || return 1
    printf '%s\n' "$sum" >"$1/installed"
}
pip_install() { # DIRECTORY ARGUMENT...
    local venv=$1
    shift
    # In isolated builds: seqeval comes as source, which older versions of pip can't build in place.
    "$venv/bin/python" -m pip install --retries 2 --use-pep517 "$@" >>"$venv/install.log" 2>&1
}
fill_torch() { # DIRECTORY torch==VERSION SIZE: the CPU build where there is one, else says what comes instead
    "$1/bin/python" -m pip freeze | grep -qE "^${2//./\\.}(\+|$)" && return 0
    pip_install "$1" "$2+cpu" && return 0
    # pip lists the versions that it could have had, or names the file of constraints that has another. Where it does
    # neither, no index was reached, or none has torch.
    grep -q -e 'from versions: [0-9]' -e 'requested (constraint) torch' "$1/install.log" || return 1
    say "no package index has a CPU build of $2 for this Python: where it comes as the build for CUDA, that is $3"
    say "(./test.sh --no-parity does without; an index or a folder with CPU builds can be named to pip in" \
        "PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS)"
    pip_install "$1" "$2"
}

# --- stages --------------------------------------------------------------------------------------

stage_name=''
stage_times=()
processor_time() { # of this script and what it ran, in hundredths of a second
    local field
    read -ra field </proc/$$/stat # 14 to 17: user and system time, its own and that of its children
    echo $(((field[13] + field[14] + field[15] + field[16]) * 100 / $(getconf CLK_TCK)))
}
stage() { # NAME: ends the stage before and starts this one
    end_stage
    stage_name=$1
    stage_start=$SECONDS
    stage_processor=$(processor_time)
    say "== $1"
}
end_stage() {
    [ -z "$stage_name" ] && return 0
    stage_times+=("$(stage_line $((SECONDS - stage_start)) $(($(processor_time) - stage_processor)) "$stage_name")")
    stage_name=''
}
stage_line() { printf '%5d s %6d s  %s' "$1" $(($2 / 100)) "$3"; } # SECONDS HUNDREDTHS NAME
print_stages() {
    end_stage
    say "== durations, and time of processors"
    printf '%s\n' "${stage_times[@]}" "$(stage_line "$SECONDS" "$(processor_time)" together)" >&2
}

# build_preset NAME: configures and builds; quiet unless it fails.
build_preset() {
    local log=build/$1.log
    mkdir -p build
    if ! { cmake --preset "$1" && cmake --build --preset "$1" --parallel "$(nproc)"; } >"$log" 2>&1; then
        grep -n -E 'warning:|error:|Error' "$log" | head -n 30 >&2
        tail -n 15 "$log" >&2
        return 1
    fi
    if grep -o 'warnings are shown .*' "$log" >&2; then grep 'warning:' "$log" | sort -u | head -n 30 >&2 || :; fi
}
