import Basics
import Foundation

/// A worker that Slurm runs as one task of a job array; requests and events are files in a directory that both sides
/// see.
///
/// `request-N.json` is written in one step; the worker appends events to `events.jsonl`; `prune-N` asks it to give up
/// on trial N, and `stop` to end.
final class SlurmTrialSlot: TrialSlot {
    private let directory: String
    private let job: SlurmJob
    private let task: Int
    private var position = 0
    private var pending: [UInt8] = []

    init(directory: String, job: SlurmJob, task: Int) throws {
        (self.directory, self.job, self.task) = (directory, job, task)
        try Paths.makeDirectory(directory)
    }

    func start(_ request: TrialRequest) throws {
        try AtomicFile.write(request.json.text(.compact), to: Paths.join(directory, "request-\(request.number).json"))
    }

    func answer(number: Int, isPruned: Bool) throws {
        if isPruned { try AtomicFile.write("", to: Paths.join(directory, "prune-\(number)")) }
    }

    func events() throws -> [TrialEvent] {
        let path = Paths.join(directory, "events.jsonl")
        guard Paths.exists(path), let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(position))
        let data = try file.readToEnd() ?? Data()
        position += data.count
        pending += data
        return LineChannel.takeLines(from: &pending).compactMap { TrialEvent($0) }
    }

    var lossReason: String? { job.lossReason(task) }

    func stop() {
        try? AtomicFile.write("", to: Paths.join(directory, "stop"))
        job.cancel(task)
    }
}

/// A job array whose tasks are workers.
final class SlurmJob {
    private let id: String
    private let environment: [String: String]
    private var states: [Int: String] = [:]
    private var asked: Nanoseconds = 0
    private let submitted = Clock.monotonic()

    /// Submits `tasks` workers with `sbatch`.
    ///
    /// - Throws: ``Failure`` with code `search.slurm` and what sbatch said.
    init(program: String, directory: String, tasks: Range<Int>, threads: Int, environment: [String: String]) throws {
        self.environment = environment
        let script = Paths.join(directory, "workers-\(tasks.lowerBound).sh")
        let quoted = { (text: String) in "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'" }
        try AtomicFile.write(
            "#!/bin/sh\nexec \(quoted(program)) search-worker --requests "
                + "\(quoted(directory))/slot-$SLURM_ARRAY_TASK_ID\n",
            to: script)
        let output = try SlurmJob.run(
            environment,
            [
                "sbatch", "--parsable", "--job-name=hftml-search",
                "--array=\(tasks.lowerBound)-\(tasks.upperBound - 1)",
                "--cpus-per-task=\(threads)", "--no-requeue",
                "--output=\(directory)/worker-%a.log", script,
            ])
        // sbatch says JOB or JOB;CLUSTER.
        guard let id = output.split(whereSeparator: { ";\n".contains($0) }).first, id.allSatisfy(\.isNumber) else {
            throw Failure("search.slurm", "found '\(output)' from sbatch, expected a job number")
        }
        self.id = String(id)
    }

    /// Nil while the task waits or runs. Asks squeue at most once a second for all tasks together.
    func lossReason(_ task: Int) -> String? {
        if Clock.monotonic() - asked > 1_000_000_000 {
            asked = Clock.monotonic()
            guard
                let text = try? SlurmJob.run(
                    environment,
                    [
                        "squeue", "--noheader", "--array", "--jobs=\(id)", "--states=all", "--format=%K %T",
                    ])
            else { return nil }
            states = [:]
            for line in text.split(separator: "\n") {
                let fields = line.split(separator: " ")
                if fields.count == 2, let number = Int(fields[0]) { states[number] = String(fields[1]) }
            }
        }
        // A job may take a moment to be listed.
        guard let state = states[task] else {
            return Clock.monotonic() - submitted > 30_000_000_000 ? "Slurm no longer knows its task \(id)_\(task)" : nil
        }
        return ["PENDING", "RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED", "REQUEUED", "RESIZING"].contains(state)
            ? nil : "Slurm says \(state) of its task \(id)_\(task)"
    }

    func cancel(_ task: Int) { _ = try? SlurmJob.run(environment, ["scancel", "\(id)_\(task)"]) }

    /// Runs a client of Slurm and returns what it prints.
    private static func run(_ environment: [String: String], _ arguments: [String]) throws -> String {
        let output = try ChildProcess.pipe(), errors = try ChildProcess.pipe()
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(null) }
        let child: ChildProcess
        do {
            child = try ChildProcess(
                arguments, environment: environment, input: null, output: output.write, errors: errors.write)
        } catch {
            for descriptor in [output.read, output.write, errors.read, errors.write] { close(descriptor) }
            throw Failure(
                "search.no-slurm", "cannot start '\(arguments[0])'",
                hint: "install Slurm's clients, or search without --executor slurm")
        }
        close(output.write)
        close(errors.write)
        // What these programs print fits a pipe, so one may be read after the other.
        let text = FileHandle(fileDescriptor: output.read, closeOnDealloc: true).readDataToEndOfFile()
        let problem = FileHandle(fileDescriptor: errors.read, closeOnDealloc: true).readDataToEndOfFile()
        guard child.wait() == 0 else {
            throw Failure(
                "search.slurm",
                "'\(arguments[0])' failed: "
                    + "\(String(decoding: problem, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))",
                hint: "check the cluster with: sinfo")
        }
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
