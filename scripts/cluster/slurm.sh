#!/bin/bash
# A Slurm of several virtual nodes on this machine, for tests: Debian's slurm-wlm and munge, as root.
#
#   scripts/cluster/slurm.sh start DIR [NODES]    writes DIR/slurm.conf and starts all daemons; then: export SLURM_CONF=DIR/slurm.conf
#   scripts/cluster/slurm.sh node DIR NAME        starts the daemon of one node (again)
#   scripts/cluster/slurm.sh kill DIR NAME        takes a node away: its daemon and all that runs on it, by SIGKILL
#   scripts/cluster/slurm.sh stop DIR             ends what `start` started
#
# MAX_JOBS=12 scripts/cluster/slurm.sh start ... makes a queue that is full with so many jobs.
set -eu
verb=${1:?start, node, kill or stop}
mkdir -p "${2:?a folder}"
dir=$(realpath "$2")
export SLURM_CONF=$dir/slurm.conf

# slurmd is told the name of its node, and so are the steps that it starts
slurmd_of() { pgrep -f "slurmd -N $1\$" || true; }
node() { slurmd -N "$1"; }
tree() { # of a process: itself and all below
  echo "$1"
  for child in $(pgrep -P "$1"); do tree "$child"; done
}

case $verb in
start)
  nodes=${3:-4}
  host=$(hostname -s)
  mkdir -p "$dir/state" "$dir/log"
  chown slurm: "$dir" "$dir/state" "$dir/log"
  cat > "$SLURM_CONF" <<C
ClusterName=dormouse
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${PORT:-17700}
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool-%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd-%n.log
SlurmdParameters=config_overrides
SlurmdTimeout=10
KillWait=10
MinJobAge=${MIN_JOB_AGE:-10}
MaxJobCount=${MAX_JOBS:-20000}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobs.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
MpiDefault=none
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[17701-$((17700 + nodes))] CPUs=1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=2
C
  touch "$dir/log/jobs.txt"
  chown slurm: "$dir/log/jobs.txt"
  if ! munge -n > /dev/null 2>&1; then
    install -d -o munge -g munge -m 0755 /run/munge /var/log/munge
    runuser -u munge -- "$(command -v munged)"
  fi
  slurmctld
  sleep 2
  for i in $(seq "$nodes"); do node "n$i"; done
  for _ in $(seq 60); do
    [ "$(sinfo --noheader --Node --partition=main --states=idle | wc -l)" = "$nodes" ] && exec sinfo
    sleep 1
  done
  echo "the nodes do not come up: see $dir/log" >&2
  exit 1
  ;;
node) node "${3:?a node}" ;;
kill)
  # the steps of a job are children of the node's daemon no more: they know their node by its spool folder
  pids=$(slurmd_of "${3:?a node}")
  for pid in $(pgrep slurmstepd); do
    grep -qz "^SLURMD_NODENAME=$3\$" "/proc/$pid/environ" 2> /dev/null && pids="$pids $(tree "$pid")"
    for child in $(pgrep -P "$pid"); do
      grep -qz "^SLURMD_NODENAME=$3\$" "/proc/$child/environ" 2> /dev/null && pids="$pids $(tree "$pid")"
    done
  done
  [ -z "$pids" ] || kill -KILL $pids 2> /dev/null || true
  ;;
stop)
  scancel --state=PENDING,RUNNING --me 2> /dev/null || true
  scontrol shutdown 2> /dev/null || true
  ;;
*) echo "unknown: $verb" >&2; exit 2 ;;
esac
