import Basics
import Deployment
import ModelBundles

/// The time of a host never runs back: whoever sets its clock back does not bring back what has ended.
extension HostView {
    /// The latest time that this host has seen; where it remembers none, by all that it keeps otherwise.
    ///
    /// - Throws: ``Failure`` with code `runtime.state`, ``FileError``.
    func seen() throws -> Nanoseconds {
        try remembered()?.seen ?? kept()
    }

    /// What `installed/clock.json` holds; nil where it is gone or damaged, which stops no rollback.
    private func remembered() -> ClockMemory? {
        guard let file = try? HostFile.read(directory.clockMemory, most: HostView.mostMemoryBytes),
            let node = try? JSONParser.parse(file.bytes, file: directory.clockMemory)
        else { return nil }
        return try? ClockMemory(node)
    }

    /// The latest time in what this host wrote or accepted: a memory that was taken away, or that a host of before did
    /// not have, is no new beginning.
    private func kept() throws -> Nanoseconds {
        var memory = ClockMemory(seen: try accepted()?.authority.createdAt ?? 0)
        for run in runs().runs { memory.recall(run.to) }
        return try recalling(memory).seen
    }

    /// A memory with the latest time of revisions, orders, halts and this host's own receipts: an older copy of the one
    /// file is no earlier time. What is no later costs no signature's check.
    private func recalling(_ known: ClockMemory) throws -> ClockMemory {
        var memory = known
        let history = try history()
        for time in history.revisions.map(\.time) + [history.ordered] { memory.recall(time) }
        for halt in history.halts { memory.recall(halt.to ?? halt.from) }
        guard let key = try? SigningKey.read(directory.hostKey).publicKey, Paths.isDirectory(directory.receipts) else {
            return memory
        }
        for name in try Paths.entries(directory.receipts, isLenient: true) where name.hasSuffix(".json") {
            let path = Paths.join(directory.receipts, name)
            guard let file = try? HostFile.read(path, most: 1 << 20),
                let claimed = try? Receipt.read(file.bytes, hosts: [], in: path).receipt, claimed.time > memory.seen,
                let found = try? Receipt.read(file.bytes, hosts: [key], in: path), found.host != nil,
                found.receipt.environment == directory.name
            else { continue }
            memory.recall(found.receipt.time)
        }
        return memory
    }

    /// Remembers a time; a little later than the last one is no news.
    ///
    /// - Returns: the latest that was seen.
    func see(_ now: Nanoseconds) throws -> Nanoseconds {
        let file = remembered()
        var known = try recalling(file ?? ClockMemory(seen: try kept()))
        if now > known.seen { known.seen = now }
        if file.map({ known.seen > $0.seen.saturatingPlus(ClockMemory.grain) }) ?? true { try write(known) }
        return known.seen
    }

    /// That the clock is behind what was seen, for people.
    static func clockProblem(_ now: Nanoseconds, seen: Nanoseconds) -> String? {
        guard now.saturatingPlus(Admission.clockTolerance) < seen else { return nil }
        return "the clock is at \(TimeText.utc(now)), and this host has seen \(TimeText.utc(seen))"
    }

    /// A document that root keys have just signed says what time it is.
    func set(by document: EnvironmentAuthority, at now: Nanoseconds) throws {
        let known = try recalling(try remembered() ?? ClockMemory(seen: try kept()))
        var next = known
        next.believe(document, after: try history(), at: now)
        if next != known { try write(next) }
    }

    private func write(_ memory: ClockMemory) throws {
        // Told as what is to be mended; all else that the host keeps says what time it was.
        guard !Paths.isRealDirectory(directory.clockMemory) else { return }
        try AtomicFile.write(memory.json.text(.pretty) + "\n", to: directory.clockMemory)
    }
}
