import Basics

/// What a path inside a tracked directory names.
enum TreePart {
    case file(MD5Digest)
    /// The files below, with paths from there.
    case directory(DirectoryTree)
}

extension DirectoryTree {
    /// Positions of the files at a path of the listing or below it. O(n) over bytes.
    package func positions(of part: String) -> [Int] {
        let wanted = Array(part.utf8)
        return (0..<count).filter { index in
            let range = paths.range(index)
            guard range.count >= wanted.count, paths.bytes[range].starts(with: wanted) else { return false }
            return range.count == wanted.count || paths.bytes[range.lowerBound + wanted.count] == UInt8(ascii: "/")
        }
    }

    /// - Parameters:
    ///   - directory: what the listing is of, for messages.
    ///   - emptyDirectories: those that the listing itself does not know.
    /// - Throws: ``Failure`` with code `data.unknown-target` that offers the nearest name.
    func part(_ part: String, of directory: String, emptyDirectories: [String] = []) throws -> TreePart {
        let positions = positions(of: part)
        if let first = positions.first, paths[first].isExactly(part) { return .file(digests[first]) }
        guard !positions.isEmpty || emptyDirectories.contains(where: { $0.isAtOrBelow(part) }) else {
            throw unknown(part, of: directory)
        }
        var below = PathList()
        for index in positions { below.append(paths[index].path(below: part) ?? paths[index]) }
        return .directory(DirectoryTree(paths: below, digests: positions.map { digests[$0] }))
    }

    /// Of the listing of what lies below a directory of this one; nil where that is a file.
    ///
    /// - Throws: ``Failure`` with code `data.unknown-target`.
    package func digest(ofPart part: String) throws -> String? {
        guard case .directory(let tree) = try self.part(part, of: "") else { return nil }
        return tree.md5
    }

    func unknown(_ part: String, of directory: String) -> Failure {
        Failure(
            "data.unknown-target", "found no '\(part)' in the recorded directory '\(directory)'",
            hint: nearest(to: part).map { "did you mean '\(directory)/\($0)'?" }
                ?? "see what it holds with: hftml diff --targets '\(directory)'",
            exitStatus: .usage)
    }

    /// The name that is most like one that is not there.
    package func nearest(to part: String) -> String? {
        // Of a large listing only names beside the wanted one are compared, or of the same last part; first those that
        // stand where it would stand.
        let parent = Paths.parent(part), name = Paths.name(part), place = place(of: part)
        var candidates: Set<String> = []
        for index in Array(max(0, place - 500)..<min(count, place + 500)) + Array(0..<count) {
            let path = paths[index]
            candidates.insert(Paths.name(path) == name ? path : neighbour(path, in: parent))
            if candidates.count > 2_000 { break }
        }
        candidates.remove("")
        return NearestName.of(part, in: candidates.sorted())
    }

    /// Where a path stands or would stand, by bytes. O(log n)
    private func place(of path: String) -> Int {
        let wanted = Array(path.utf8)
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if paths.bytes[paths.range(middle)].lexicographicallyPrecedes(wanted) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// The content of a file or directory inside, by hash: with `.dir` and its own listing for a directory; nil where
    /// nothing is there.
    package func content(at part: String) -> (md5: String, tree: DirectoryTree?)? {
        switch try? self.part(part, of: "") {
        case .file(let digest): (digest.hex, nil)
        case .directory(let tree): (tree.md5, tree)
        case nil: nil
        }
    }

    /// The entry of a directory that leads to a path; empty where the path does not lie in it.
    private func neighbour(_ path: String, in parent: String) -> String {
        if parent == "." { return String(path.prefix { $0 != "/" }) }
        guard let rest = path.path(below: parent) else { return "" }
        return "\(parent)/\(rest.prefix { $0 != "/" })"
    }
}
