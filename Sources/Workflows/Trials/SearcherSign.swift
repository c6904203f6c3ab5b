package import Basics

/// The sign of life of a search for workers on other machines: a file beside their places whose content changes every
/// ten seconds.
///
/// A search that is killed cannot tell its workers, and a cluster would go on computing for nobody.
package struct SearcherSign {
    private static let name = "alive"
    /// Nanoseconds without a change after which nobody listens any more: a shared file system may take a minute.
    package static let patience: Nanoseconds = 180_000_000_000

    private let path: String
    private let patience: Nanoseconds
    private var content: [UInt8]?
    private var changed = Clock.monotonic()
    private var looked: Nanoseconds = 0

    /// - Parameter slot: the directory of a worker, inside that of its search.
    package init(beside slot: String, patience: Nanoseconds = Self.patience) {
        path = Paths.join(Paths.parent(Paths.absolute(slot)), Self.name)
        self.patience = patience
    }

    /// Gives the sign for all workers of a search.
    package static func give(in directory: String) throws {
        try AtomicFile.write("\(Clock.monotonic())\n", to: Paths.join(directory, name))
    }

    /// Whether the search is gone. A search without a sign, of an earlier version, is never gone. Clocks of other
    /// machines play no part. Reads the file at most every five seconds, or as often as the patience asks.
    package mutating func isGone() -> Bool {
        let now = Clock.monotonic()
        guard now - looked > min(5_000_000_000, patience / 4) else { return false }
        looked = now
        guard let found = try? FileChunks.bytes(path) else {
            // Taken away with the directory: the search has ended.
            return content != nil && now - changed > patience
        }
        if found != content { (content, changed) = (found, now) }
        return now - changed > patience
    }
}
