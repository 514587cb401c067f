#!/bin/sh
# Show the edition that is current in DATA: start its server, wait until it answers, swap nginx over, stop the servers before.
# Run as root after `sinkrate build` (sinkrate-daily.service does). Nothing is stopped before the next edition answers.
set -eu
DATA=${SINKRATE_DATA:-/var/lib/sinkrate}
RUN=${SINKRATE_RUN:-/run/sinkrate}
NGINX=${SINKRATE_NGINX:-/etc/sinkrate/nginx}
edition=$(basename "$(dirname "$(readlink -f "$DATA/public/site")")")
socket=$RUN/$edition.sock
systemctl start "sinkrate-serve@$edition.service"
tries=0
until curl --silent --fail --output /dev/null --unix-socket "$socket" http://sinkrate/data/; do
    tries=$((tries + 1))
    [ "$tries" -le 120 ] || { echo "edition $edition does not answer on $socket; the one before stays" >&2; exit 1; }
    sleep 1
done
sinkrate --data "$DATA" expose "$edition" --socket "$socket" --into "$NGINX"
nginx -t -q
nginx -s reload || systemctl start nginx.service
sleep "${SINKRATE_DRAIN:-30}" # requests under way on the old edition
systemctl list-units --plain --no-legend 'sinkrate-serve@*.service' | awk '{print $1}' | while read -r unit; do
    [ "$unit" = "sinkrate-serve@$edition.service" ] || systemctl stop "$unit"
done
