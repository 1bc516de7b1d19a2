#!/bin/bash
# Entry point of the image: reads its secrets, refuses to start without one, then becomes the command.
#   prepare      databases, roles, migrations, company profiles, Airflow's own tables, what Airflow's roles may do
#   sftp ...     the SFTP server
#   sage-host .. a sandbox company with its exchange agent
#   airflow ...  a component of Airflow
set -euo pipefail
folder=${SECRETS_FOLDER:-/run/secrets}
allowed='[A-Za-z0-9_=-]+'
refuse() {
    local place="write it to the file ${2,,} of SECRETS_FOLDER"
    [ "$2" = SFTP_HOST_KEY ] && place="set it in .env"
    echo "$1 the secret $2 $3; expected: $4; next step: $place, see docs/deployment.md" >&2
    exit 64
}
for name in ${REQUIRED-}; do
    file=$folder/${name,,}
    if [ -z "${!name-}" ] && [ -r "$file" ]; then
        printf -v "$name" '%s' "$(<"$file")"
    fi
    value=${!name-}
    [ -n "$value" ] || refuse RS-188 "$name" "is missing" "a value of its own"
    # The host key is public, and has blanks.
    [ "$name" = SFTP_HOST_KEY ] && continue
    # Two keys, the new one first, while connections are encrypted anew: docs/security.md.
    [ "$name" = AIRFLOW_FERNET_KEY ] && value=${value/,/}
    [[ $value =~ ^$allowed$ ]] || refuse RS-188 "$name" "has other characters" "letters, digits, - _ = only: it becomes part of addresses"
    if [ ${#value} -lt 16 ] || [[ ${value,,} =~ (change.?me|password|secret|default|example|airflow|postgres) ]]; then
        refuse RS-188 "$name" "is a well-known or short one" "16 random characters or more"
    fi
done
if [[ ${PGSSLMODE-} = verify-* ]] && [ ! -s "${PGSSLROOTCERT-}" ]; then
    echo "RS-188 the certificate by which Postgres is known is missing; record: ${PGSSLROOTCERT-}; expected: that of the" \
        "server or of its authority; next step: write it to the file postgres_certificate of SECRETS_FOLDER, see docs/deployment.md" >&2
    exit 64
fi
# What a setting says in braces is the content of a secret.
while IFS= read -r -d '' setting; do
    value=${setting#*=}
    for name in ${REQUIRED-}; do
        value=${value//"{$name}"/"${!name}"}
    done
    export "${setting%%=*}=$value"
done < <(env -0 | grep -z '^AIRFLOW' || true)
case ${1-} in
prepare) for name in ${REQUIRED-}; do export "${name?}"; done ;;
esac
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
