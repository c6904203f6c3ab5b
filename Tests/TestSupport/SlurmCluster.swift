import Basics
import Foundation

/// A real Slurm on this machine: munge, a controller and one or more nodes, in a directory of its own.
package final class SlurmCluster {
    package static let isInstalled =
        ["/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged", "/usr/bin/sbatch"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: $0)
        } && getuid() == 0

    private let directory: TemporaryDirectory
    private var processes: [String: ChildProcess] = [:]
    /// What its clients need.
    package var environment: [String: String] { ["SLURM_CONF": directory.file("slurm.conf")] }

    package init(nodes: Int = 2, port: Int) throws {
        directory = try TemporaryDirectory()
        let d = directory.path, host = String(ProcessInfo.processInfo.hostName.split(separator: ".")[0])
        for name in ["state", "log", "run"] + (1...nodes).map({ "spool/n\($0)" }) {
            try FileManager.default.createDirectory(atPath: "\(d)/\(name)", withIntermediateDirectories: true)
        }
        let key = Data((0..<1024).map { _ in UInt8.random(in: 0...255) })
        _ = FileManager.default.createFile(
            atPath: "\(d)/munge.key", contents: key, attributes: [.posixPermissions: 0o600])
        try directory.write(
            """
            ClusterName=hftml
            SlurmctldHost=\(host)(127.0.0.1)
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            AuthInfo=socket=\(d)/run/munge.sock
            SlurmctldPort=\(port)
            StateSaveLocation=\(d)/state
            SlurmdSpoolDir=\(d)/spool/%n
            SlurmctldPidFile=\(d)/run/slurmctld.pid
            SlurmdPidFile=\(d)/run/slurmd.%n.pid
            SlurmctldLogFile=\(d)/log/slurmctld.log
            SlurmdLogFile=\(d)/log/slurmd.%n.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            JobAcctGatherType=jobacct_gather/linux
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU_Memory
            SchedulerParameters=batch_sched_delay=0,bf_interval=1,sched_interval=1,sched_min_interval=0
            SlurmdParameters=config_overrides
            MpiDefault=none
            ReturnToService=2
            MinJobAge=3600
            AccountingStorageType=accounting_storage/none
            NodeName=n[1-\(nodes)] NodeHostname=\(host) NodeAddr=127.0.0.1 Port=[\(port + 1)-\(port + nodes)] CPUs=2 \
            RealMemory=4000
            PartitionName=main Nodes=n[1-\(nodes)] Default=YES MaxTime=INFINITE State=UP DefMemPerCPU=400

            """, to: "slurm.conf")
        try directory.write("CgroupPlugin=cgroup/v1\n", to: "cgroup.conf")
        try start(
            "munged", "/usr/sbin/munged",
            [
                "--foreground", "--force", "--key-file=\(d)/munge.key", "--socket=\(d)/run/munge.sock",
                "--pid-file=\(d)/run/munged.pid", "--seed-file=\(d)/run/seed", "--log-file=\(d)/log/munged.log",
            ])
        try wait("munge") { FileManager.default.fileExists(atPath: "\(d)/run/munge.sock") }
        try start("slurmctld", "/usr/sbin/slurmctld", ["-D"])
        for node in 1...nodes { try start("n\(node)", "/usr/sbin/slurmd", ["-D", "-N", "n\(node)"]) }
        try wait("\(nodes) idle nodes") {
            try self.client("sinfo", "-hN", "-o", "%t").output.split(separator: "\n").count { $0.hasPrefix("idle") }
                == nodes
        }
    }

    deinit {
        for name in processes.keys.sorted(by: >) {
            processes[name]?.signal(SIGKILL)
            processes[name]?.wait()
        }
    }

    private func start(_ name: String, _ program: String, _ arguments: [String]) throws {
        // Not Foundation's Process: these daemons close descriptors that it needs to learn of any child's end.
        let log = open(directory.file("log/\(name).out"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(log) }
        processes[name] = try ChildProcess(
            [program] + arguments, directory: directory.path,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }, output: log, errors: log)
    }

    private func wait(_ what: String, _ isReady: () throws -> Bool) throws {
        guard try RunProgram.wait(every: 100, until: isReady) else {
            throw CocoaError(
                .executableLoad, userInfo: [NSLocalizedDescriptionKey: "Slurm has no \(what) after ten minutes"])
        }
    }

    package func client(_ arguments: String...) throws -> RunProgram.Result {
        try RunProgram.run("/usr/bin/env", arguments, in: directory.path, environment: environment)
    }

    /// Takes a node away as a power cut would.
    package func lose(node: Int) throws {
        let name = "n\(node)"
        if let process = processes.removeValue(forKey: name) {
            // Its steps are children of its own daemons; they go down with the machine.
            for job in try client("squeue", "-h", "-w", name, "-o", "%A").output.split(separator: "\n") {
                for line in try RunProgram.run("/usr/bin/env", ["pgrep", "-f", "slurmstepd: \\[\(job)"], in: "/").output
                    .split(separator: "\n")
                { if let id = pid_t(line) { kill(id, SIGKILL) } }
            }
            process.signal(SIGKILL)
            process.wait()
        }
        _ = try client("scontrol", "update", "nodename=\(name)", "state=down", "reason=lost")
    }
}
