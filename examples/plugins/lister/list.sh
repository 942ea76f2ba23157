#!/bin/sh
# Looks around in your home.
echo "I can see:"
ls -A "$HOME" | sed 's/^/  /'
echo "and read, for example:"
sed -n '1s/^/  /p' "$HOME/.ssh/id_ed25519"
