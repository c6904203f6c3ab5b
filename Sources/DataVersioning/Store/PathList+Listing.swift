import Basics
import Foundation

/// What a listing may name.
extension PathList {
    /// Refuses sorted paths that no directory could hold.
    ///
    /// - Throws: ``Failure`` with code `data.tree` for a path outside of the directory or in a Git repository, one that
    ///   appears twice, and a file below another file.
    /// - Complexity: O(bytes).
    func checkListing(_ file: String) throws {
        // Paths that the present one begins with: one of them may be a file where a directory is needed.
        var beginnings: [Range<Int>] = []
        for index in 0..<count {
            let range = range(index), path = bytes[range]
            guard isInside(index) else {
                throw Failure(
                    "data.tree",
                    "found the path '\(self[index])' in the directory listing '\(file)', expected paths below "
                        + "the directory and none in '.git'",
                    hint: "nothing was written; the listing is damaged or hostile")
            }
            while let last = beginnings.last, !path.starts(with: bytes[last]) { beginnings.removeLast() }
            for other in beginnings where other.count == range.count {
                throw Failure(
                    "data.tree", "found the path '\(self[index])' twice in the directory listing '\(file)'")
            }
            for other in beginnings where bytes[range.lowerBound + other.count] == UInt8(ascii: "/") {
                throw Failure(
                    "data.tree",
                    "found '\(String(decoding: bytes[other], as: UTF8.self))' and '\(self[index])' in the directory "
                        + "listing '\(file)', expected no file below another file",
                    hint: "no directory can hold both; record it anew from a workspace that has it")
            }
            beginnings.append(range)
        }
    }

    /// Whether a path is relative and stays below where it starts: no empty part, no `.` or `..`, no `.git`, no
    /// NUL.
    func isInside(_ index: Int) -> Bool {
        let range = range(index)
        return bytes.withUnsafeBytes { bytes in
            let path = UnsafeRawBufferPointer(rebasing: bytes[range])
            guard !path.isEmpty, !path.contains(0) else { return false }
            var start = 0
            for at in 0...path.count where at == path.count || path[at] == UInt8(ascii: "/") {
                let length = at - start
                if length == 0 || (length == 1 && path[start] == UInt8(ascii: ".")) { return false }
                if length == 2, path[start] == UInt8(ascii: "."), path[start + 1] == UInt8(ascii: ".") { return false }
                if length == 4, path[start..<at].elementsEqual(".git".utf8) { return false }
                start = at + 1
            }
            return true
        }
    }
}
