#!/bin/sh
# Fetches the packages of three mail servers and OpenDKIM into a folder, without installing them:
# on Debian they exclude each other. The tests unpack them into a root directory of their own.
set -eu
folder=${1:?the folder to fetch into}
mkdir -p "$folder"
cd "$folder"
for package in \
  postfix \
  exim4-base exim4-daemon-light libidn12 libgnutls-dane0 \
  opensmtpd libevent-2.1-7 \
  opendkim libopendkim11 libmilter1.0.1 libmemcached11 libhashkit2 libopendbx1 librbl1 libvbr2 liblua5.3-0; do
  ls "$package"_*.deb >/dev/null 2>&1 || apt-get download -qq "$package" 2>/dev/null ||
    echo "$package cannot be fetched here; what needs it will be skipped." >&2
done
