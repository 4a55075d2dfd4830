# Sourced: a small training run that has everything in it, for the scripts that compare weights.

make_data() { # DIRECTORY
    cat >"$1/train.conll" <<'END'
Bill B-per
Gates I-per
is O
the O
founder O
of O
Microsoft B-org
. O

Anna B-per
Smith I-per
lives O
in O
New B-geo
York I-geo
and O
works O
at O
Acme B-org
Labs I-org
in O
the O
city O
of O
London B-geo
, O
she O
said O
today O
! O

Maria B-per
Garcia I-per
met O
John B-per
yesterday O

United B-org
Nations I-org
was O
in O
San B-geo
Francisco I-geo

they O
went O
to O
Paris B-geo
END
    printf 'John B-per\nsaid O\nBerlin B-geo\n\nhe O\nmet O\nAnna B-per\nLee I-per\n' >"$1/dev.conll"
}

small_run() { # NOMEN MODEL DATA_DIRECTORY OUTPUT [OPTION...]
    small_nomen=$1 small_model=$2 small_data=$3 small_out=$4
    shift 4
    $small_nomen train --model "$small_model" --train "$small_data/train.conll" --dev "$small_data/dev.conll" \
        -o "$small_out" --epochs 3 --batch-size 2 --gradient-accumulation-steps 2 --max-length 10 --max-tokens 24 \
        --learning-rate 2e-3 --class-weight auto "$@" >"$small_data/log" 2>&1
}
