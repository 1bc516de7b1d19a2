#!/bin/bash
# Entry point of the image: refuses to start without its secrets, then becomes the command.
#   prepare      databases, roles, migrations, company profiles, Airflow's own tables, what Airflow's roles may do
#   sftp ...     the SFTP server
#   sage-host .. a sandbox company with its exchange agent
#   airflow ...  a component of Airflow
set -euo pipefail
for name in ${REQUIRED-}; do
    if [ -z "${!name-}" ]; then
        echo "RS-188 the secret $name is missing; expected: a value in the environment; next step: set $name, see .env.example" >&2
        exit 64
    fi
done
umask 077
case ${1-} in
prepare)
    python -m ops.prepare
    airflow db migrate
    exec python -m sage_access apply
    ;;
sftp)
    shift
    exec python -m ops.sftp_server "$@"
    ;;
sage-host)
    shift
    exec python -m ops.sage_host "$@"
    ;;
*)
    exec "$@"
    ;;
esac
