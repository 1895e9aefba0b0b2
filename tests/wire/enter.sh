#!/bin/sh
# Runs a command in a copy of this machine that also has the packages of a folder, and users for
# them. Everything it writes is gone with it, except in the shared folder. Needs root on Linux, and
# a mount and a process namespace of its own (`unshare --mount --pid --fork`).
set -eu
place=$1 packages=$2 shared=$3
shift 3

mount -t tmpfs tmpfs "$place"
mkdir "$place/extra" "$place/upper" "$place/work" "$place/root"
for package in "$packages"/*.deb; do
  if [ -e "$package" ]; then dpkg -x "$package" "$place/extra"; fi
done
# On a merged system /lib is a link, which a folder of that name in a package would hide.
for name in bin sbin lib lib64; do
  if [ -d "$place/extra/$name" ] && [ -L "/$name" ]; then
    mkdir -p "$place/extra/usr/$name"
    cp -a "$place/extra/$name/." "$place/extra/usr/$name/"
    rm -r "$place/extra/$name"
  fi
done
mount -t overlay overlay \
  -o "lowerdir=$place/extra:/,upperdir=$place/upper,workdir=$place/work" "$place/root"
mount --bind /dev "$place/root/dev"
mount -t proc proc "$place/root/proc"
mkdir -p "$place/root/$shared"
mount --bind "$shared" "$place/root/$shared"

for user in postfix postdrop Debian-exim opensmtpd opensmtpq opendkim reader; do
  if ! grep -q "^$user:" "$place/root/etc/passwd"; then
    next=$((${next:-61000} + 1))
    echo "$user:x:$next:$next::/nonexistent:/usr/sbin/nologin" >>"$place/root/etc/passwd"
    echo "$user:x:$next:" >>"$place/root/etc/group"
  fi
done
exec chroot "$place/root" "$@"
