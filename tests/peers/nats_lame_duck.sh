#!/bin/sh
# nats-server, with SIGTERM passed on as SIGUSR2: its lame duck mode, which is its way of leaving slowly.
nats-server -c "$(dirname "$0")/nats.conf" &
server=$!
trap 'kill -USR2 "$server"' TERM
wait "$server" # a signal interrupts it
wait "$server"
