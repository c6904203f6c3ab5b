import Basics
import Deployment
import ModelBundles

/// The time of a host never runs back: whoever sets its clock back does not bring back what has ended.
extension HostView {
    /// The latest time that this host has seen; where it remembers none, by all that it keeps otherwise.
    ///
    /// - Throws: ``Failure`` with code `runtime.state`, ``FileError``.
    func seen() throws -> Nanoseconds {
        if let seen = rememberedClock()?.seen { return seen }
        var memory = try kept()
        let key = try? SigningKey.read(directory.hostKey).publicKey
        if let key { memory.seen = max(memory.seen, try ReceiptTimes().latest(directory, by: key, memory.disowned)) }
        return memory.seen
    }

    /// What `installed/clock.json` holds; nil where it is gone or damaged, which stops no rollback.
    func rememberedClock() -> ClockMemory? {
        guard let file = try? HostFile.read(directory.clockMemory, most: HostView.mostMemoryBytes),
            let node = try? JSONParser.parse(file.bytes, file: directory.clockMemory)
        else { return nil }
        return try? ClockMemory(node)
    }

    /// The latest time in what this host accepted and keeps, without its receipts: a memory that was taken away, or
    /// that a host of before did not have, is no new beginning.
    func kept() throws -> ClockMemory {
        let history = try history()
        var memory = ClockMemory(seen: try accepted().newest?.authority.createdAt ?? 0, disowned: history.disowned)
        memory.recall(history)
        for run in history.runs { memory.recall(run.to) }
        return memory
    }

    /// That the clock is behind what was seen, for people.
    static func clockProblem(_ now: Nanoseconds, seen: Nanoseconds) -> String? {
        guard now.saturatingPlus(Admission.clockTolerance) < seen else { return nil }
        return "the clock is at \(TimeText.utc(now)), and this host has seen \(TimeText.utc(seen))"
    }
}

extension BundleInstaller {
    /// The memory of the clock with the latest time of revisions, orders, halts and this host's own receipts: an older
    /// copy of the one file is no earlier time.
    private func recalled(_ file: ClockMemory?, _ history: RevisionHistory) throws -> ClockMemory {
        var known = try file ?? host.view.kept()
        known.disowned = history.disowned
        known.recall(history)
        let latest = try receiptTimes.latest(directory, by: host.key.publicKey, known.disowned)
        known.seen = max(known.seen, latest)
        return known
    }

    /// Remembers a time; a little later than the last one is no news.
    ///
    /// - Returns: the latest that was seen.
    func see(_ now: Nanoseconds) throws -> Nanoseconds {
        let file = host.view.rememberedClock()
        var known = try recalled(file, try host.view.history())
        if now > known.seen { known.seen = now }
        let isNews = file.map {
            known.seen > $0.seen.saturatingPlus(ClockMemory.grain) || known.disowned != $0.disowned
        }
        if isNews ?? true { try write(known) }
        return known.seen
    }

    /// A document that root keys have just signed says what time it is.
    func believe(_ document: EnvironmentAuthority, at now: Nanoseconds) throws {
        var history = try host.view.history()
        let known = try recalled(host.view.rememberedClock(), history)
        var next = known
        next.believe(document, after: history, acts: try HostActs(host).newest()?.receipt.act ?? 0, at: now)
        guard next != known else { return }
        // In two places: with the one file gone, the time that was disowned does not come back.
        history.disowned = next.disowned
        try AtomicFile.write(history.json.text(.pretty) + "\n", to: directory.stateFile)
        try write(next)
    }

    private func write(_ memory: ClockMemory) throws {
        // Told as what is to be mended; all else that the host keeps says what time it was.
        guard !Paths.isRealDirectory(directory.clockMemory) else { return }
        try AtomicFile.write(memory.json.text(.pretty) + "\n", to: directory.clockMemory)
    }
}
