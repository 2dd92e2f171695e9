#!/bin/sh
# Chromium as people have it. Playwright turns partitioned storage off, and without it a frame of another site has no
# storage at all: then no reload would bring a conversation back. PARLOR_NO_FRAME_STORAGE leaves it so.
# It drops what is pressed in a frame that has moved within half a second; stories press at once, people do not.
# Pages that a story makes up come from no address; Chromium takes them for public ones, which may not ask this machine.
for argument do
  shift
  case $argument in
    --disable-features=*)
      [ -n "$PARLOR_NO_FRAME_STORAGE" ] || argument=$(printf '%s' "$argument" | sed 's/ThirdPartyStoragePartitioning//')
      argument=$argument,LocalNetworkAccessChecks,DiscardInputEventsToRecentlyMovedFrames
      ;;
  esac
  set -- "$@" "$argument"
done
exec "$PARLOR_CHROMIUM" "$@"
