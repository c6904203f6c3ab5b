import Basics
import Deployment

/// The time of a host never runs back: whoever sets its clock back does not bring back what has ended.
extension HostView {
    /// The latest time that this host has seen; of a host of before, by what it remembers otherwise.
    ///
    /// - Throws: ``Failure`` with code `runtime.state`, ``FileError``.
    func seen() throws -> Nanoseconds {
        guard Paths.exists(directory.clockMemory) else {
            let history = try history()
            let known = history.revisions.map(\.time) + history.halts.map(\.from) + history.runs.map(\.to)
            return known.max() ?? 0
        }
        do {
            return try ClockMemory(
                try JSONParser.parse(try FileChunks.bytes(directory.clockMemory), file: directory.clockMemory)
            ).seen
        } catch let error as ConfigError {
            throw damaged("found no time in installed/clock.json: \(error.message)")
        }
    }

    /// Remembers a time; a little later than the last one is no news.
    ///
    /// - Returns: the latest that was seen.
    func see(_ now: Nanoseconds) throws -> Nanoseconds {
        let known = try seen()
        if now > known.saturatingPlus(ClockMemory.grain) || !Paths.exists(directory.clockMemory) {
            try set(max(now, known))
        }
        return max(now, known)
    }

    /// That the clock is behind what was seen, for people.
    static func clockProblem(_ now: Nanoseconds, seen: Nanoseconds) -> String? {
        guard now.saturatingPlus(Admission.clockTolerance) < seen else { return nil }
        return "the clock is at \(TimeText.utc(now)), and this host has seen \(TimeText.utc(seen))"
    }

    /// A document that root keys have just signed says what time it is: where this clock is behind what was seen, it
    /// was ahead then.
    func set(by document: EnvironmentAuthority, at now: Nanoseconds) throws {
        if now.saturatingPlus(Admission.clockTolerance) < (try seen()) { try set(document.createdAt) }
    }

    private func set(_ time: Nanoseconds) throws {
        let text = ClockMemory(seen: max(0, time)).json.text(.pretty) + "\n"
        try AtomicFile.write(text, to: directory.clockMemory)
    }
}
