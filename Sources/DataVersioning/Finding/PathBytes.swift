import Basics

extension String {
    /// What follows a beginning, by bytes; nil where this text does not begin so.
    func rest(after beginning: String) -> String? {
        guard utf8.starts(with: beginning.utf8) else { return nil }
        return String(Substring(utf8.dropFirst(beginning.utf8.count)))
    }

    /// The rest of a path below a directory, by bytes; nil where it does not lie there.
    package func path(below directory: String) -> String? {
        isBelow(directory) ? part(below: directory) : nil
    }
}
