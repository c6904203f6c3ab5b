import Basics

/// A place that keeps objects under DVC's keys: `files/md5/<2>/<30>[.dir]`, `runs/…`, and `<2>/<30>` for DVC 2.
///
/// Implementations may be called from several threads at once. A key shows either nothing or a whole object. A place
/// that can only be read refuses the rest with code `remote.read-only`.
package protocol RemoteStorage: Sendable {
    /// As people write it.
    var url: String { get }
    /// Transfers that make sense at once.
    var parallelTransfers: Int { get }
    /// Positions of the keys that are not there.
    func missing(_ keys: [String]) throws -> [Int]
    /// Everything below a prefix.
    func list(_ prefix: String) throws -> [(key: String, size: Int, modified: Int)]
    /// Copies a local file there. Its bytes have been checked.
    func upload(_ file: String, to key: String, progress: TransferProgress?) throws
    /// Appends the rest of an object to a local file that may hold its beginning.
    func download(_ key: String, to file: String, progress: TransferProgress?) throws
    /// Removes an object; one that is not there is no error.
    func remove(_ key: String) throws
}

/// What goes wrong at a remote.
package struct RemoteError: UserFacingError, Equatable {
    package let code: String
    package let message: String
    package let hint: String?
    /// Whether trying again may help.
    package let isTransient: Bool

    init(_ code: String, _ message: String, hint: String? = nil, isTransient: Bool = false) {
        self.code = code
        self.message = message
        self.hint = hint
        self.isTransient = isTransient
    }

    static func missing(_ key: String, _ url: String) -> RemoteError {
        RemoteError(
            "remote.missing-object", "found no object '\(key)' at '\(url)'",
            hint: "push it from a workspace that has it: hftml push")
    }
}

extension String {
    /// The first place of a text.
    func place(of text: String) -> (start: Index, end: Index)? {
        let wanted = Array(text.utf8)
        var at = utf8.startIndex
        while at < utf8.endIndex {
            if utf8[at...].starts(with: wanted) { return (at, utf8.index(at, offsetBy: wanted.count)) }
            at = utf8.index(after: at)
        }
        return nil
    }
}
