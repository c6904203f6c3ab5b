import Basics

extension String {
    /// The rest of a path below a directory, by bytes; nil where it does not lie there.
    package func path(below directory: String) -> String? {
        guard isBelow(directory) else { return nil }
        return String(decoding: utf8.dropFirst(directory.utf8.count + 1), as: UTF8.self)
    }
}
