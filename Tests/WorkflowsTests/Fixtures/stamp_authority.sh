#!/usr/bin/env bash
# A time-stamping authority of openssl, in the working directory.
#   stamp_authority.sh make rsa|p256|p384      root.pem, tsa.pem, and certificates that must not count
#   stamp_authority.sh reply QUERY OUT [SIGNER [CHAIN [HASH]]]  an answer by `openssl ts`
#   stamp_authority.sh craft QUERY OUT SIGNER  an answer by `openssl cms`, which asks the signer for no rights
set -euo pipefail

key() {
    case $1 in
    rsa) openssl genrsa -out "$2" 2048 ;;
    p256) openssl ecparam -name prime256v1 -genkey -noout -out "$2" ;;
    p384) openssl ecparam -name secp384r1 -genkey -noout -out "$2" ;;
    esac
}

# issue NAME ISSUER SECTION DAYS [KIND]
issue() {
    key "${5:-p256}" "$1.key"
    openssl req -new -key "$1.key" -config tsa.cnf -subj "/O=hftml tests/CN=$1" -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -set_serial "$RANDOM$RANDOM" -days "$4" -sha256 \
        -extfile tsa.cnf -extensions "$3" -out "$1.pem"
}

make() {
    local kind=$1
    cat >tsa.cnf <<'END'
[req]
distinguished_name = dn
prompt = no
[dn]
CN = root
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[flat]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
[plain]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
[lenient]
extendedKeyUsage = timeStamping
[wide]
extendedKeyUsage = critical,timeStamping,serverAuth
[odd]
extendedKeyUsage = critical,timeStamping
1.2.3.4.5 = critical,ASN1:UTF8String:nobody knows
[stamps]
serial = serial
digests = sha256,sha384,sha512
default_policy = 1.2.3.4.1
accuracy = secs:1
ess_cert_id_alg = sha256
[stamps-sha1]
serial = serial
digests = sha256
default_policy = 1.2.3.4.1
ess_cert_id_alg = sha1
END
    echo 01 >serial
    for name in root other; do
        key "$kind" $name.key
        openssl req -x509 -new -key $name.key -config tsa.cnf -subj "/CN=$name" -extensions authority -days 30 -sha256 \
            -out $name.pem
    done
    issue tsa root tsa 20 "$kind"
    issue foreign other tsa 20
    issue expired root tsa -1
    issue plain root plain 20
    issue lenient root lenient 20
    issue wide root wide 20
    issue odd root odd 20
    issue middle root authority 20
    issue deep middle tsa 20
    issue flat root flat 20
    issue below flat authority 20
    issue deepest below tsa 20
    # Signed by somebody who is no authority.
    issue child tsa tsa 20
}

reply() {
    local chain=()
    [[ -n ${4:-} ]] && chain=(-chain "$4")
    openssl ts -reply -config tsa.cnf -section "${6:-stamps}" -queryfile "$1" -signer "${3:-tsa}.pem" \
        -inkey "${3:-tsa}.key" "-${5:-sha256}" "${chain[@]}" -out "$2"
}

craft() {
    reply "$1" good.tsr
    openssl ts -reply -in good.tsr -token_out -out good.tst
    openssl cms -verify -noverify -inform DER -in good.tst -out info.der
    openssl cms -sign -binary -nodetach -nosmimecap -cades -econtent_type 1.2.840.113549.1.9.16.1.4 -md sha256 \
        -signer "$3.pem" -inkey "$3.key" ${4:+-certfile "$4"} -in info.der -outform DER -out crafted.tst
    { printf '\x30\x82'; size=$(($(stat -c %s crafted.tst) + 5)); printf "\\x$(printf %02x $((size / 256)))\\x$(printf %02x $((size % 256)))"
        printf '\x30\x03\x02\x01\x00'; cat crafted.tst; } >"$2"
}

"$@" >log.txt 2>&1 || { cat log.txt >&2; exit 1; }
