#!/bin/sh
# Chromium as people have it. Playwright turns partitioned storage off, and without it a frame of another site has no
# storage at all: then no reload would bring a conversation back.
for argument do
  shift
  case $argument in
    --disable-features=*) argument=$(printf '%s' "$argument" | sed 's/ThirdPartyStoragePartitioning//') ;;
  esac
  set -- "$@" "$argument"
done
exec "$PARLOR_CHROMIUM" "$@"
