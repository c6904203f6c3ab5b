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
    private func remembered() throws -> ClockMemory? {
        guard Paths.exists(directory.clockMemory) else { return nil }
        do {
            return try ClockMemory(
                try JSONParser.parse(try FileChunks.bytes(directory.clockMemory), file: directory.clockMemory))
        } catch is ConfigError { return nil }
    }

    /// The latest time in what this host wrote or accepted: a memory that was taken away, or that a host of before did
    /// not have, is no new beginning.
    private func kept() throws -> Nanoseconds {
        let history = try history()
        var known = history.revisions.map(\.time) + runs().runs.map(\.to) + [history.ordered]
        known += try halts().halts.flatMap { [$0.from, $0.to ?? $0.from] }
        if let document = try accepted()?.authority { known.append(document.createdAt) }
        if let key = try? SigningKey.read(directory.hostKey).publicKey, Paths.isDirectory(directory.receipts) {
            known += try Paths.entries(directory.receipts, isLenient: true).compactMap { name in
                let path = Paths.join(directory.receipts, name)
                guard name.hasSuffix(".json"), let file = try? HostFile.read(path, most: 1 << 20),
                    let found = try? Receipt.read(file.bytes, hosts: [key], in: path), found.host != nil
                else { return nil }
                return found.receipt.time
            }
        }
        return known.max() ?? 0
    }

    /// Remembers a time; a little later than the last one is no news.
    ///
    /// - Returns: the latest that was seen.
    func see(_ now: Nanoseconds) throws -> Nanoseconds {
        let known = try seen()
        if try now > known.saturatingPlus(ClockMemory.grain) || remembered() == nil {
            try set(max(now, known))
        }
        return max(now, known)
    }

    /// That the clock is behind what was seen, for people.
    static func clockProblem(_ now: Nanoseconds, seen: Nanoseconds) -> String? {
        guard now.saturatingPlus(Admission.clockTolerance) < seen else { return nil }
        return "the clock is at \(TimeText.utc(now)), and this host has seen \(TimeText.utc(seen))"
    }

    /// A document that root keys have just signed says what time it is.
    func set(by document: EnvironmentAuthority, at now: Nanoseconds) throws {
        let known = ClockMemory(seen: try seen())
        var next = known
        next.believe(document, after: try history(), at: now)
        if next != known { try set(next.seen) }
    }

    private func set(_ time: Nanoseconds) throws {
        let text = ClockMemory(seen: max(0, time)).json.text(.pretty) + "\n"
        try AtomicFile.write(text, to: directory.clockMemory)
    }
}
