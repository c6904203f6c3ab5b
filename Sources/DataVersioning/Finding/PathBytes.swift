import Basics

extension String {
    /// The rest of a path below a directory, by bytes; nil where it does not lie there.
    package func path(below directory: String) -> String? {
        isBelow(directory) ? part(below: directory) : nil
    }
}
