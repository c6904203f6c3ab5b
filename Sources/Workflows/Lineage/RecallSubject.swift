import Basics
import DataVersioning

/// A content that is looked for, and where it stood.
struct SoughtContent {
    let digest: String
    /// Identities that stand for exactly this content.
    var ids: Set<String>
    /// Of a file.
    var file: MD5Digest?
    /// Identities of the directories in which a directory with this content was found.
    var holders: Set<String> = []
    var commit: String?
    var time: Int?
    var isPresent = false
    var isStanding = false

    /// - Parameter md5: with `.dir` for a directory.
    init(md5: String) {
        digest = "md5:\(md5)"
        ids = [digest]
        file = MD5Digest(hex: md5)
    }

    /// - Parameter sha256: of a file that the project made: features, weights, a bundle.
    init(sha256: String) {
        digest = "sha256:\(sha256)"
        ids = [digest, "weights:\(sha256)", "bundle:\(sha256)"]
    }
}

/// One reference, and all contents that it stands for.
struct RecallSubject {
    let reference: String
    /// From the root of the project; nil for a digest.
    var path: String?
    /// In the order in which they were found; each once.
    private(set) var contents: [SoughtContent] = []
    /// Files of all contents that are directories.
    private(set) var files: Set<MD5Digest> = []

    /// Of a file of no bytes.
    static let empty = MD5Digest(hex: "d41d8cd98f00b204e9800998ecf8427e")

    init(_ reference: String, path: String? = nil) {
        self.reference = reference
        self.path = path
    }

    var isDirectory: Bool { contents.contains { $0.digest.hasSuffix(".dir") } }

    mutating func add(_ content: SoughtContent, tree: DirectoryTree?, describe: (inout SoughtContent) -> Void) {
        var place = contents.firstIndex { $0.digest == content.digest }
        if place == nil {
            place = contents.count
            contents.append(content)
            // A file of no bytes says nothing of where it came from.
            if let tree { for digest in tree.digests where digest != Self.empty { files.insert(digest) } }
        }
        if let place { describe(&contents[place]) }
    }

    mutating func keep(_ digest: String) { contents.removeAll { $0.digest != digest } }

    /// Newest first; what is not in Git yet before everything else. Of one second, what was found later is newer.
    mutating func sort() {
        func age(_ content: SoughtContent) -> Int {
            content.commit == nil && (content.isPresent || content.isStanding) ? .max : content.time ?? .min
        }
        contents = contents.enumerated().sorted { (age($0.element), $0.offset) > (age($1.element), $1.offset) }
            .map(\.element)
    }

    /// A file of no bytes is the same everywhere; only those of the same name are meant.
    func means(_ name: String, _ content: SoughtContent) -> Bool {
        guard content.file == Self.empty, let path else { return true }
        return Paths.name(path).isExactly(Paths.name(name))
    }

    /// A content digest as the program prints it: `md5:…`, `….dir`, `sha256:…`, or the digits alone.
    static func digest(_ reference: String) -> SoughtContent? {
        let parts = reference.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = parts.count == 2 ? String(parts[0]) : nil, text = String(parts[parts.count - 1]).lowercased()
        let digits = text.hasSuffix(".dir") ? String(text.dropLast(4)) : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        switch (kind, digits.utf8.count) {
        case (nil, 32), ("md5", 32): return SoughtContent(md5: text)
        case (nil, 64), ("sha256", 64): return text == digits ? SoughtContent(sha256: text) : nil
        default: return nil
        }
    }
}
