import Basics

/// The files of a directory as an entry spells them out under `files:`, with where a remote keeps each of them. DVC
/// writes them instead of a digest for remotes that keep versions themselves.
struct SpelledListing: Sendable {
    let tree: DirectoryTree
    /// The digest of the listing that DVC would write of them, with `.dir`.
    let md5: String
    /// In bytes, as far as the files state it.
    let size: Int
    let executables: [String]

    /// - Parameter files: nil and an empty list spell nothing out.
    /// - Throws: ``ConfigError`` for a file without its digest: nobody could tell what the directory needs.
    init?(_ files: JSONValue?, of directory: String) throws {
        guard let files, !files.isNull else { return nil }
        guard let items = files.listValue else {
            throw ConfigError(
                "found \(files.kindName) for the files of '\(directory)', expected a list", at: files.mark,
                code: "data.pointer")
        }
        if items.isEmpty { return nil }
        var listed: [DirectoryTree.File] = [], executables: [String] = [], size = 0
        for item in items {
            guard let path = item[key: "relpath"]?.stringValue else {
                throw ConfigError(
                    "found a file of '\(directory)' without 'relpath'", at: item.mark ?? files.mark,
                    code: "data.pointer")
            }
            guard let md5 = SpelledListing.digest(item) else {
                throw ConfigError(
                    "found no MD5 hash for the file '\(path)' of '\(directory)', so nothing says what it holds",
                    at: item.mark ?? files.mark, code: "data.pointer",
                    hint: "record the directory anew from a workspace that has it")
            }
            listed.append(.init(path: path, md5: md5))
            if item[key: "isexec"]?.boolValue == true { executables.append(path) }
            size = size.plus(max(0, item[key: "size"]?.intValue ?? 0)) ?? .max
        }
        tree = try DirectoryTree(checking: listed, file: files.mark?.file ?? directory)
        md5 = tree.md5
        (self.size, self.executables) = (size, executables)
    }

    /// What stands under `cloud:` for a remote says the same of the file as what stands beside it.
    private static func digest(_ item: JSONValue) -> String? {
        let cloud = item[key: "cloud"]?.mapValue?.first?.value
        let node = cloud?[key: "md5"] ?? item[key: "md5"]
        let text: String? =
            switch node?.kind {
            case .string(let text): text
            case .integer(let number): String(number)
            case .bigInteger(let digits): digits
            default: nil
            }
        return text.flatMap { MD5Digest(hex: $0) == nil ? nil : $0 }
    }
}
