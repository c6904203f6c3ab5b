import Foundation

/// Paths as plain strings, as the file formats of this project store them.
///
/// They are taken apart by bytes: to Swift's characters a mark at the start of a name would be one with the slash
/// before it.
package enum Paths {
    private static let slash = UInt8(ascii: "/")

    package static func name(_ path: String) -> String {
        path.utf8.split(separator: slash).last.map { String(Substring($0)) } ?? path
    }

    package static func parent(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: slash) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    package static func join(_ base: String, _ path: String) -> String {
        if path.utf8.first == slash || base.isEmpty || base == "." { return path }
        return base.utf8.last == slash ? base + path : "\(base)/\(path)"
    }

    /// Removes `.`, `..` and doubled slashes without looking at the disk.
    package static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        let isAbsolute = path.utf8.first == slash
        for part in path.utf8.split(separator: slash).map({ Substring($0) }) where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isAbsolute ? "/" + joined : (joined.isEmpty ? "." : joined)
    }

    package static func absolute(_ path: String) -> String {
        normalized(join(FileManager.default.currentDirectoryPath, path))
    }

    /// The working directory of the process; nil where it has been removed.
    package static var workingDirectory: String? {
        let path = FileManager.default.currentDirectoryPath
        return path.hasPrefix("/") ? path : nil
    }

    /// A path and the directories above it, nearest first. It ends at the top, for a relative path at `.`.
    package static func upwards(from path: String) -> [String] {
        var all = [path], current = path
        while current != "/", current != "." {
            current = parent(current)
            all.append(current)
        }
        return all
    }

    /// The path from `base` to `path`, both absolute and normalised.
    package static func relative(_ path: String, to base: String) -> String {
        let target = path.utf8.split(separator: slash), start = base.utf8.split(separator: slash)
        var common = 0
        while common < min(target.count, start.count), target[common].elementsEqual(start[common]) { common += 1 }
        let parts =
            Array(repeating: Substring(".."), count: start.count - common) + target[common...].map { Substring($0) }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    /// The path without symbolic links, as far as it exists.
    package static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Bytes of a file; nil where there is none.
    package static func size(_ path: String) -> Int? {
        var info = stat()
        return stat(path, &info) == 0 ? Int(info.st_size) : nil
    }

    package static func isDirectory(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    package static func makeDirectory(_ path: String) throws {
        var missing: [String] = [], present = path
        while !present.isEmpty, !isDirectory(present), parent(present) != present {
            missing.append(present)
            present = parent(present)
        }
        if missing.isEmpty { return }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FileError("create the directory", path, number: errno == 0 ? EIO : errno)
        }
        guard SharedDirectory.isShared(present) else { return }
        // Somebody else may have made some of them meanwhile, who then sets their modes.
        for directory in missing.reversed() { chmod(directory, 0o2775) }
    }

    package static func remove(_ path: String) throws {
        var info = stat()
        if lstat(path, &info) != 0 { return }
        do { try FileManager.default.removeItem(atPath: path) } catch { throw FileError("remove", path) }
    }

    /// Whether a path is a directory itself, not a link to one.
    package static func isRealDirectory(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// Names in a directory, sorted by code points.
    ///
    /// - Parameter isLenient: passes names over that are not UTF-8, where others put files that concern nobody.
    package static func entries(_ directory: String, isLenient: Bool = false) throws -> [String] {
        guard let stream = opendir(directory) else { throw FileError("list", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name else {
                if isLenient { continue }
                throw Failure(
                    "file.name", "found a file name in '\(directory)' that is not UTF-8", hint: "rename the file")
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }

    /// Regular files below a directory, sorted by code points; relative paths with `/`. Links to files count, links to
    /// directories are passed over.
    package static func files(below directory: String) throws -> [String] {
        var found: [String] = []
        func visit(_ prefix: String) throws {
            for name in try entries(prefix.isEmpty ? directory : "\(directory)/\(prefix)") {
                let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
                let full = "\(directory)/\(path)"
                var info = stat()
                guard lstat(full, &info) == 0 else { throw FileError("read", full) }
                switch info.st_mode & S_IFMT {
                case S_IFDIR: try visit(path)
                case S_IFREG: found.append(path)
                case S_IFLNK:
                    guard stat(full, &info) == 0 else {
                        throw Failure(
                            "file.broken-link", "found a broken symbolic link at '\(full)'",
                            hint: "remove or mend the link")
                    }
                    if info.st_mode & S_IFMT == S_IFREG { found.append(path) }
                default:
                    throw Failure(
                        "file.special", "found a special file at '\(full)', expected regular files",
                        hint: "move it out of the directory")
                }
            }
        }
        try visit("")
        return found.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }
}
