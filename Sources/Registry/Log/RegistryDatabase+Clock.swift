package import Basics
import GRDB

/// Entries are ordered by their number, and their times go with it: an entry is not dated before the one that it
/// follows, so nobody sets the clock back to decide or sign in the past.
extension RegistryDatabase {
    /// How far the clock may run back behind the newest entry: machines that share a registry do not agree to the
    /// second, and a time server sets a clock back by less than this.
    package static let clockTolerance: Nanoseconds = 60 * 1_000_000_000

    /// The action of the entry that says from when on the clock is right again; it alone may be dated before the one
    /// that it follows.
    static let clockAction = "clock.set"

    /// Entries that may be dated before the one that they follow. A registry of before must open whatever its entries
    /// are dated.
    static let unordered: Set<String> = [clockAction, adoption]

    /// The latest time of an entry since the clock was last set right. The newest entry alone would not do: with steps
    /// of less than the tolerance whoever has the clock would walk back as far as he wants.
    ///
    /// - Complexity: linear in the entries; asked only where the clock is behind the newest one.
    static func latestTime(_ db: Database) throws -> Nanoseconds {
        let sql = """
            SELECT max(time) FROM audit_entry WHERE sequence >=
            (SELECT coalesce(max(sequence), 0) FROM audit_entry WHERE action IN (?, ?))
            """
        return try Int64.fetchOne(db, sql: sql, arguments: [clockAction, adoption]) ?? .min
    }

    /// - Throws: ``Failure`` with code `audit.clock`.
    static func requireForward(from last: Nanoseconds, to time: Nanoseconds) throws {
        guard time.saturatingPlus(clockTolerance) < last else { return }
        throw Failure(
            "audit.clock",
            "found the clock at \(TimeText.utc(time)), behind the latest entry of the audit log "
                + "(\(TimeText.utc(last))); nothing is recorded in the past",
            hint: "set the clock right, for instance with: timedatectl set-ntp true; if the newest entry is what is "
                + "wrong, say so in the log: hftml audit clock --reason TEXT",
            exitStatus: .refused)
    }

    /// Enters that the clock stands where it stands, after it was wrong: later entries go on from here.
    ///
    /// - Parameter reason: for people.
    /// - Returns: the time of the newest entry before, and the time now.
    /// - Throws: ``Failure`` with code `audit.clock` where the clock is not behind the log.
    package func acceptClock(reason: String) throws -> (from: Nanoseconds, to: Nanoseconds) {
        try write(isDurable: true) { db in
            let last = try Int64.fetchOne(db, sql: "SELECT time FROM audit_entry ORDER BY sequence DESC LIMIT 1") ?? 0
            let time = now()
            guard time < last else {
                throw Failure(
                    "audit.clock",
                    "found the clock at \(TimeText.utc(time)), after the newest entry (\(TimeText.utc(last)))",
                    hint: "nothing is to be set right")
            }
            try appendAudit(
                db, actor: actor, action: RegistryDatabase.clockAction, subject: .tool("clock"),
                detail: .map([
                    "old": .string(TimeText.utc(last)), "new": .string(TimeText.utc(time)), "reason": .string(reason),
                ]))
            return (last, time)
        }
    }
}
