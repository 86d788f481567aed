#!/bin/sh
# docs/tour.md shows what the screens show today.
exec "$MPW_SOURCE/tools/tour" --check
