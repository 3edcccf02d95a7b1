#!/usr/bin/env bash
# Builds the colony image and pushes it to ECR. Everything is done by cargo xtask; flags are passed on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec cargo xtask build-colony "$@"
