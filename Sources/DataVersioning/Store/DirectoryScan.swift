import Basics
import Foundation

/// All regular files below a directory with their stamps, in the order of the file system, which for an unchanged
/// directory is the same every time; so two scans compare without sorting.
struct DirectoryScan: Sendable {
    var paths = PathList()
    var stamps: [FileStamp] = []
    /// Positions of files that their owner may execute.
    var executables: [Int] = []
    /// Directories without any entry; DVC forgets them.
    var emptyDirectories: [String] = []
    /// When the stamps were read, in nanoseconds since 1970.
    private(set) var time: Int64 = 0

    var size: Int { stamps.reduce(0) { $0 + Int($1.size) } }

    /// Bytes of files whose stamps cannot be trusted yet.
    var freshBytes: Int { stamps.reduce(0) { $0 + ($1.isFresh(at: time) ? Int($1.size) : 0) } }

    /// - Parameter ignore: whether version control should not see a path below the directory.
    /// - Throws: ``FileError``; ``Failure`` for special files, broken links, names that are not UTF-8 and a
    ///   `.dvcignore` inside.
    init(_ directory: String, ignore: ((_ path: String, _ isDirectory: Bool) -> Bool)? = nil) throws {
        let root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw FileError("list", directory) }
        defer { close(root) }
        var pending = [""]
        while let current = pending.popLast() { try visit(current, directory, root, ignore, &pending) }
        try readStamps(directory, root)
    }

    private mutating func visit(
        _ current: String, _ directory: String, _ root: Int32, _ ignore: ((String, Bool) -> Bool)?,
        _ pending: inout [String]
    ) throws {
        let shown = current.isEmpty ? directory : "\(directory)/\(current)"
        let descriptor = openat(root, current.isEmpty ? "." : current, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0, let stream = fdopendir(descriptor) else {
            let error = FileError("list", shown)
            if descriptor >= 0 { close(descriptor) }
            throw error
        }
        defer { closedir(stream) }
        var prefix = Array(current.utf8)
        var isEmpty = true
        try prefix.withUnsafeMutableBytes { prefix in
            let prefix = UnsafeRawBufferPointer(prefix)
            while let entry = readdir(stream) {
                let type = Int32(entry.pointee.d_type)
                try withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                    guard let base = raw.baseAddress else { return }
                    let name = UnsafeRawBufferPointer(
                        start: base, count: strnlen(base.assumingMemoryBound(to: CChar.self), raw.count))
                    if name.count <= 2, name.allSatisfy({ $0 == UInt8(ascii: ".") }) { return }
                    isEmpty = false
                    if name.first == UInt8(ascii: "."), try isSpecial(name, shown) { return }
                    if name.contains(where: { $0 >= 0x80 }), String(validating: name, as: UTF8.self) == nil {
                        throw Failure(
                            "file.name",
                            "found a file name in '\(shown)' that is not UTF-8: "
                                + "'\(String(decoding: name, as: UTF8.self))'",
                            hint: "rename the file")
                    }
                    let isPlain = type == Int32(DT_REG) && ignore == nil
                    if isPlain { return paths.append(prefix, name) }
                    let text = String(decoding: name, as: UTF8.self)
                    try classify(current.isEmpty ? text : "\(current)/\(text)", type, directory, root, ignore, &pending)
                }
            }
        }
        if isEmpty, !current.isEmpty { emptyDirectories.append(current) }
    }

    /// `.git`, `.hg` and `.dvc` are not data; a `.dvcignore` inside data is an error, as with DVC.
    private func isSpecial(_ name: UnsafeRawBufferPointer, _ shown: String) throws -> Bool {
        switch String(decoding: name, as: UTF8.self) {
        case ".git", ".hg", ".dvc": return true
        case ".dvcignore":
            throw Failure(
                "data.ignore-inside", "found a .dvcignore inside the tracked directory '\(shown)'",
                hint: "move its patterns to the .dvcignore at the top of the workspace")
        default: return false
        }
    }

    private mutating func classify(
        _ path: String, _ type: Int32, _ directory: String, _ root: Int32, _ ignore: ((String, Bool) -> Bool)?,
        _ pending: inout [String]
    ) throws {
        var info = stat()
        func failed() -> FileError { FileError("read", "\(directory)/\(path)") }
        var kind = type == Int32(DT_REG) ? S_IFREG : type == Int32(DT_DIR) ? S_IFDIR : 0
        if kind == 0 {
            guard fstatat(root, path, &info, AT_SYMLINK_NOFOLLOW) == 0 else { throw failed() }
            kind = info.st_mode & S_IFMT
        }
        if let ignore, ignore(path, kind == S_IFDIR) { return }
        switch kind {
        case S_IFREG: paths.append(path)
        case S_IFDIR: pending.append(path)
        case S_IFLNK:
            guard fstatat(root, path, &info, 0) == 0 else {
                throw Failure(
                    "file.broken-link", "found a broken symbolic link at '\(directory)/\(path)'",
                    hint: "remove or mend the link")
            }
            // A link to a file counts as its content; a link to a directory is passed over, as DVC does.
            if info.st_mode & S_IFMT == S_IFREG { paths.append(path) }
        default:
            throw Failure(
                "file.special", "found a special file at '\(directory)/\(path)', expected regular files",
                hint: "move it out of the directory")
        }
    }

    /// One `stat` per file, on all cores.
    private mutating func readStamps(_ directory: String, _ root: Int32) throws {
        let paths = paths
        time = Clock.system.now()
        var stamps = [FileStamp](repeating: FileStamp.none, count: paths.count)
        let found = Guarded<[Int]>([])
        let failure = Guarded<FileError?>(nil)
        stamps.withUnsafeMutableBufferPointer { stamps in
            let stamps = SendablePointer(stamps)
            Parallel.ranges(paths.count, minimum: 2_000) { range in
                var name = [CChar](), executables = [Int]()
                paths.bytes.withUnsafeBytes { bytes in
                    for index in range {
                        let place = paths.range(index)
                        name.removeAll(keepingCapacity: true)
                        for byte in bytes[place] { name.append(CChar(bitPattern: byte)) }
                        name.append(0)
                        var info = stat()
                        guard fstatat(root, name, &info, 0) == 0 else {
                            let error = FileError("read", "\(directory)/\(paths[index])")
                            failure.update { $0 = $0 ?? error }
                            return
                        }
                        stamps.value[index] = FileStamp(info)
                        if info.st_mode & S_IXUSR != 0 { executables.append(index) }
                    }
                }
                found.update { [executables] in $0 += executables }
            }
        }
        if let error = failure.value { throw error }
        self.stamps = stamps
        executables = found.value.sorted()
    }

    /// The first of these files that does not stand any more as it was scanned; nil when all do.
    func firstChanged(among items: [Int], below directory: String) -> Int? {
        let found = Guarded<Int?>(nil)
        Parallel.ranges(items.count, minimum: 2_000) { range in
            for index in range where FileStamp.of("\(directory)/\(paths[items[index]])") != stamps[items[index]] {
                found.update { $0 = min($0 ?? items[index], items[index]) }
                return
            }
        }
        return found.value
    }
}
