import Basics
import CGit2

extension GitRepository {
    /// A content of a file, with the first commit that had it.
    package struct FirstVersion {
        /// From the top of the work tree.
        package var path: String
        package var commit: String
        /// When the commit was made, in seconds since 1970.
        package var time: Int
        package var read: () throws -> [UInt8]
    }

    /// Every content that files of some names ever had in a commit that a reference or HEAD leads to, oldest commit
    /// first.
    ///
    /// - Complexity: every tree is read once, however many commits have it.
    /// - Throws: ``Failure`` for a history that cannot be read to its beginning.
    package func firstVersions(named isWanted: (String) -> Bool) throws -> [FirstVersion] {
        var trees: [String: [TreeFile]] = [:], roots = Set<String>(), seen = Set<[UInt8]>(), out: [FirstVersion] = []
        for commit in try history().reversed() {
            try withTree(commit) { tree in
                guard let root = git_object_id(tree).map({ GitRepository.text($0.pointee) }),
                    roots.insert(root).inserted
                else { return }
                // The list of a whole commit serves that one alone; what commits share lies below.
                defer { trees[root] = nil }
                let time = try date(of: commit)
                for file in try files(of: tree, root, isWanted, &trees)
                where seen.insert(Array("\(file.id) \(file.path)".utf8)).inserted {
                    out.append(FirstVersion(path: file.path, commit: commit, time: time, read: file.read))
                }
            }
        }
        return out
    }

    /// The files of a commit that have some names.
    ///
    /// - Parameter known: trees that were read, for the next commit: it shares most of them.
    func files(at commit: String, named isWanted: (String) -> Bool, known: inout [String: [TreeFile]]) throws
        -> [TreeFile]
    {
        try withTree(commit) { tree in
            guard let root = git_object_id(tree).map({ GitRepository.text($0.pointee) }) else { return [] }
            return try files(of: tree, root, isWanted, &known)
        }
    }

    /// The wanted files of a tree, with paths from there.
    private func files(
        of tree: OpaquePointer, _ id: String, _ isWanted: (String) -> Bool, _ known: inout [String: [TreeFile]]
    ) throws -> [TreeFile] {
        if let files = known[id] { return files }
        var files: [TreeFile] = []
        for index in 0..<git_tree_entrycount(tree) {
            guard let entry = git_tree_entry_byindex(tree, index),
                let name = git_tree_entry_name(entry).map({ String(cString: $0) }),
                let own = git_tree_entry_id(entry)?.pointee
            else { continue }
            var id = own
            switch git_tree_entry_type(entry) {
            case GIT_OBJECT_TREE:
                var child: OpaquePointer?
                guard git_tree_lookup(&child, handle, &id) == 0, let child else {
                    throw GitRepository.failure("cannot read the tree '\(name)'")
                }
                defer { git_tree_free(child) }
                files += try self.files(of: child, GitRepository.text(own), isWanted, &known).map {
                    TreeFile(path: "\(name)/\($0.path)", id: $0.id, read: $0.read)
                }
            case GIT_OBJECT_BLOB where isWanted(name):
                files.append(
                    TreeFile(path: name, id: GitRepository.text(own)) { [self] in
                        var id = own
                        return try blob(&id)
                    })
            default: break
            }
        }
        known[id] = files
        return files
    }
}
