test -s /run/secrets/key || exit 1
trap 'exit 0' TERM
while :; do /bin/busybox sleep 0.2; done
