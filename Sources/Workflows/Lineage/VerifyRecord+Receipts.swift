import Basics
import Deployment
import Registry

/// What hosts signed, held against what the log has of it.
extension VerifyRecord {
    /// What hosts said that cannot be, what one did without a receipt of it, and documents that were taken away.
    static func receiptProblems(session: Session) throws -> [String] {
        let record = try DocumentsOnRecord(try session.registry())
        var problems: [String] = []
        for name in try RecordedHosts(session).names {
            guard let files = try? EnvironmentFiles(name, session: session) else { continue }
            do {
                do { try TrackedByGit.requireNone(files.host) } catch let problem as Failure {
                    problems.append(problem.message)
                }
                do {
                    try record.requireNoFork(files, isAskingHost: true)
                    try record.requireStanding(files, isQuiet: true, session: session)
                } catch let problem as Failure {
                    problems.append(problem.message + (problem.hint.map { "; \($0)" } ?? ""))
                }
                let receipts = try EnvironmentReceipts(files, session: session)
                problems += receipts.problems.map(\.message)
                problems += [ForgottenRollback(receipts)?.problem(files).message].compactMap(\.self)
                // Where no host works, what lies there without a receipt came with a copy, or speaks for nobody.
                if receipts.former == nil {
                    let missing = try DeployedBundles(files: files, session: session).missingReceipt(receipts)
                    problems += [missing?.message ?? unreceipted(files, receipts, session)].compactMap(\.self)
                }
                // That a further host is behind is told, and is no damage of the record.
                if files.name == files.host.name, let newest = try files.inForce(at: session.clock.now()) {
                    try record.requireNewest(newest.authority.counter, of: files)
                }
                problems += try RejectedInForce.find(files, session: session).map(\.message)
            } catch let problem as Failure {
                problems.append(problem.message)
            } catch let problem as FileError where name.contains("/") {
                // Another account's directory, perhaps; the record's own environments are read or nothing is.
                problems.append("cannot look at the host of '\(name)': \(problem.message)")
            }
        }
        return problems
    }

    /// A revision whose health the host signed, and no receipt of it.
    private static func unreceipted(_ files: EnvironmentFiles, _ receipts: EnvironmentReceipts, _ session: Session)
        -> String?
    {
        guard let report = EnvironmentHealth(files, session: session).signed?.report,
            let counter = report[key: "counter"]?.intValue,
            counter > receipts.inForce.compactMap(\.counter).max() ?? 0
        else { return nil }
        return "found a health report by the host of '\(files.name)' on revision \(counter) (bundle "
            + "\((report[key: "bundle"]?.stringValue ?? "").prefix(12))), and no receipt of it: let the host say what "
            + "runs: hftml-runtime accept \(files.host.directory)"
    }

    /// Rollbacks that wait for their hosts, receipts that the log has not taken up yet, those that it has and whose
    /// files are gone, and hosts that nobody sees from here.
    static func receiptNotes(session: Session) throws -> [String] {
        let registry = try session.registry(), hosts = try RecordedHosts(session)
        let former = hosts.former(), others = Set(former.keys)
        let waiting = try WaitingOrders.rollbacks(of: nil, session: session).map {
            $0.problem.message + ($0.problem.hint.map { "; \($0)" } ?? "")
        }
        let away = try hosts.unseen(besides: others).map(\.message) + hosts.withoutKey(besides: others)
        return try waiting + former.values.sorted() + away
            + hosts.names.flatMap { name -> [String] in
                // Where the host's things lie elsewhere, so do its receipts.
                guard let files = try? EnvironmentFiles(name, session: session),
                    Paths.isDirectory(files.host.receipts) || Paths.exists(files.host.hostKey),
                    // What cannot be read is a problem, and told as one.
                    let receipts = try? EnvironmentReceipts(files, session: session)
                else { return [] }
                let recorded = try registry.deployments(environment: files.name).filter { $0.envelope != nil }
                let taken = Set(recorded.map { "\($0.bundle) \($0.time)" })
                let waiting = receipts.proven.filter {
                    !taken.contains("\($0.bundle) \($0.time)")
                }
                let present = try digests(files)
                let gone = recorded.filter { !present.contains(Digest.sha256($0.envelope ?? "")) }
                return notes(files.name, waiting: waiting.count, gone: gone)
            }
    }

    private static func notes(_ environment: String, waiting: Int, gone: [DeploymentRecord]) -> [String] {
        var notes: [String] = []
        if waiting > 0 {
            notes.append(
                "receipts of '\(environment)' that the log has not taken up yet: \(waiting); take them in: hftml "
                    + "deployments list --environment \(environment)")
        }
        if !gone.isEmpty {
            let shown = gone.prefix(3).map { record in
                let what = record.counter.map { " revision \($0)" } ?? ""
                return "\(record.outcome)\(what) at \(TimeText.utc(record.time))"
            }
            notes.append(
                "receipts of '\(environment)' that the log has and whose files are gone: \(gone.count) ("
                    + shown.joined(separator: ", ") + (gone.count > 3 ? " and others" : "")
                    + "); a host drops what the log has, and the log keeps what they say")
        }
        return notes
    }

    private static func digests(_ files: EnvironmentFiles) throws -> Set<String> {
        guard Paths.isDirectory(files.host.receipts) else { return [] }
        return Set(
            try Paths.entries(files.host.receipts, isLenient: true).filter { $0.hasSuffix(".json") }.compactMap {
                (try? SmallFile.bytes("\(files.host.receipts)/\($0)", most: 1 << 20)).map { Digest.sha256($0) }
            })
    }
}
