#!/bin/sh
# Verifies an unpacked evidence bundle with openssl and sha256sum only: sh verify.sh [ROOT.pem]
# Without ROOT.pem the root inside is trusted. Prints a line for each check; the exit code is 1 at the first fault.
set -u
LC_ALL=C
export LC_ALL
given=${1:-}
[ -z "$given" ] || given=$(cd "$(dirname "$given")" && pwd)/$(basename "$given")
cd "$(dirname "$0")" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
root=${given:-certificates/root.pem}
issuing=certificates/issuing.pem

fail() {
    echo "FAILED  $1"
    exit 1
}

# Seconds since 1970 of an ISO moment in UTC.
seconds_of() { date -u -d "$1" +%s; }

# The digest that openssl computes of a file, in base64.
digest_of() { openssl dgst -sha256 -binary "$1" | openssl base64 -A; }

# Compares the files that a manifest lists with their digests.
check_manifest() {
    sed -n 's/.*<asic:DataObjectReference URI="\([^"]*\)".*<ds:DigestValue>\([^<]*\)<.*/\2 \1/p' "$1" >"$work/listed"
    [ -s "$work/listed" ] || fail "$1 lists nothing"
    while read -r digest name; do
        [ -f "$name" ] || fail "$name is absent"
        [ "$(digest_of "$name")" = "$digest" ] || fail "$name is not what the manifest lists"
    done <"$work/listed"
}

# base64url without padding, as bytes.
decode() {
    text=$(printf %s "$1" | tr '_-' '/+')
    case $((${#text} % 4)) in
    2) text="$text==" ;;
    3) text="$text=" ;;
    esac
    printf %s "$text" | openssl base64 -d -A
}

# The addresses of systems in a certificate, one a line.
addresses_of() {
    openssl x509 -in "$1" -noout -ext subjectAltName 2>/dev/null | tr ',' '\n' |
        sed -n 's/^ *URI:urn:egov-bus:system:\([^ ]*\) *$/\1/p'
}

# Checks a detached JWS: the file of the token, the file of the payload, the moment, the signer (any if empty).
check_jws() {
    token=$(cat "$1")
    header=${token%%.*}
    decode "$header" >"$work/header"
    thumbprint=$(sed -n 's/.*"x5t#S256":"\([A-Za-z0-9_-]*\)".*/\1/p' "$work/header")
    certificate="certificates/systems/$thumbprint.pem"
    [ -f "$certificate" ] || fail "$1: no certificate of its signer"
    openssl verify -attime "$3" -CAfile "$root" -untrusted "$issuing" "$certificate" >/dev/null 2>&1 ||
        fail "$certificate does not lead to the root, or was out of its term"
    [ -z "$4" ] || [ "$(addresses_of "$certificate")" = "$4" ] || fail "$1: not signed by $4"
    openssl x509 -in "$certificate" -noout -pubkey >"$work/key" || fail "$certificate"
    decode "${token##*.}" >"$work/signature"
    if grep -q '"alg":"ES256"' "$work/header"; then
        hex=$(od -An -v -tx1 "$work/signature" | tr -d ' \n')
        [ ${#hex} -eq 128 ] || fail "$1: not a signature of ES256"
        printf 'asn1=SEQUENCE:both\n[both]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' \
            "$(printf %s "$hex" | cut -c1-64)" "$(printf %s "$hex" | cut -c65-)" >"$work/asn1"
        openssl asn1parse -genconf "$work/asn1" -noout -out "$work/signature" || fail "$1"
    fi
    { printf '%s.' "$header" && cat "$2"; } >"$work/signed"
    openssl dgst -sha256 -verify "$work/key" -signature "$work/signature" "$work/signed" >/dev/null 2>&1 ||
        fail "$1: the signature does not hold"
}

# The moment of a time-stamp token, in seconds since 1970.
moment_of() {
    seconds_of "$(openssl ts -reply -in "$1" -token_in -text 2>/dev/null | sed -n 's/^Time stamp: //p')"
}

# Checks a time-stamp: the file of the token, the file that it covers.
check_stamp() {
    openssl ts -verify -in "$1" -token_in -data "$2" -CAfile "$root" -untrusted "$issuing" \
        -attime "$(moment_of "$1")" >/dev/null 2>&1 || fail "$1: the time-stamp does not hold"
}

check_stamp META-INF/timestamp001.tst META-INF/ASiCManifest002.xml
made=$(moment_of META-INF/timestamp001.tst)
echo "OK      time-stamp of НУЦ: $(date -u -d "@$made" '+%Y-%m-%d %H:%M:%S') UTC"

check_manifest META-INF/ASiCManifest002.xml
check_manifest META-INF/ASiCManifest001.xml
cut -d' ' -f2 "$work/listed" | sort >"$work/names"
find . -type f ! -path './META-INF/*' ! -path ./mimetype | sed 's|^\./||' | sort >"$work/present"
cmp -s "$work/names" "$work/present" || fail "the files are not those of the manifest"
echo "OK      digests of $(wc -l <"$work/names") files"

openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s \
    -content META-INF/ASiCManifest001.xml -CAfile "$root" -certfile "$issuing" -purpose any -attime "$made" \
    -signer "$work/signer" -out /dev/null 2>/dev/null || fail "signature001.p7s: the signature does not hold"
[ "$(addresses_of "$work/signer")" = shep_gateway ] || fail "signature001.p7s: not signed by shep_gateway"
echo "OK      signature of ШЭП"

: >"$work/digests"
for segment in journal/segments/*.txt; do
    [ -f "$segment" ] || continue
    { read -r hash && while read -r n digest; do
        hash=$(printf '%s\n%s' "$hash" "$digest" | sha256sum | cut -d' ' -f1)
    done; } <"$segment"
    printf %s "$hash" >"$work/head"
    last=${segment##*-}
    check_stamp "journal/stamps/${last%.txt}.tst" "$work/head"
    sed 1d "$segment" >>"$work/digests"
done
count=0
for entry in journal/*.entry; do
    [ -f "$entry" ] || continue
    n=$(basename "$entry" .entry | sed 's/^0*//')
    grep -qx "$n $(sha256sum "$entry" | cut -d' ' -f1)" "$work/digests" || fail "$entry is not in the journal"
    grep -q "^\[$n," "$entry" || fail "$entry has another number"
    count=$((count + 1))
done
echo "OK      $count entries of the journal, in a chain up to a time-stamp"

count=0
for message in messages/*.json; do
    [ -f "$message" ] || continue
    stem=${message%.json}
    entry="journal/$(basename "$stem").entry"
    digest=$(openssl dgst -sha256 -binary "$message" | openssl base64 -A | tr '/+' '_-' | tr -d =)
    { grep -qF "\"$digest\"" "$entry" && grep -qF "\"$(cat "$stem.jws")\"" "$entry"; } ||
        fail "$message is not the message in the journal"
    moment=$(seconds_of "$(cut -d'"' -f2 "$entry")")
    check_jws "$stem.jws" "$message" "$moment" "$(cut -d'"' -f6 "$entry")"
    if [ -f "$stem.hop.jws" ]; then
        { printf '%s.' "$(cat "$stem.jws")" && cat "$message"; } >"$work/hopped"
        check_jws "$stem.hop.jws" "$work/hopped" "$moment" ""
    fi
    count=$((count + 1))
done
echo "OK      $count messages with their signatures"

if [ -f revocation/issuing.crl ]; then
    openssl crl -inform DER -in revocation/issuing.crl -CAfile "$issuing" -noout >"$work/crl" 2>&1
    grep -q 'verify OK' "$work/crl" || fail "revocation/issuing.crl: the signature does not hold"
    openssl crl -inform DER -in revocation/issuing.crl -noout -text >"$work/crl"
    for certificate in certificates/systems/*.pem; do
        [ -f "$certificate" ] || continue
        serial=$(openssl x509 -in "$certificate" -noout -serial | cut -d= -f2)
        ! grep -q "Serial Number: $serial *$" "$work/crl" || echo "NOTE    $certificate was revoked: see the list"
    done
    echo "OK      list of revoked certificates"
fi
[ -n "$given" ] || echo "NOTE    the root came out of the bundle: compare it with НУЦ's"
echo "The bundle holds."
