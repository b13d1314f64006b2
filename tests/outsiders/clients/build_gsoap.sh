# build_gsoap.sh PROGRAMS FOLDER WSDL: make the client from the WSDL, in FOLDER; PROGRAMS is the folder of wsdl2h.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
share=$(dirname "$1")/share/gsoap
cd "$2"
"$1/wsdl2h" -c -P -o channel.h "$3"
sed -i '1i #import "wsse.h"' channel.h
"$1/soapcpp2" -c -C -L -x -I"$share/import" channel.h
"$1/gcc" -O0 -w -DWITH_DOM -DWITH_OPENSSL -DWITH_GZIP -I. -I"$share" -I"$share/plugin" -I"$share/custom" -o gsoap_client \
    "$here/gsoap_client.c" soapC.c soapClient.c "$share/plugin/wsseapi.c" "$share/plugin/smdevp.c" "$share/plugin/mecevp.c" \
    "$share/custom/struct_timeval.c" -lgsoapssl -lssl -lcrypto -lz
