import Basics
import Foundation

/// A directory by content: relative path and MD5 of every file, as DVC's `.dir` objects hold it.
package struct DirectoryTree: Sendable, Equatable {
    package struct File: Sendable, Equatable {
        package var path: String
        package var md5: String

        package init(path: String, md5: String) {
            self.path = path
            self.md5 = md5
        }
    }

    /// Sorted by code points.
    package let paths: PathList
    package let digests: [MD5Digest]

    package var count: Int { digests.count }
    package var files: [File] { digests.indices.map { File(path: paths[$0], md5: digests[$0].hex) } }

    /// - Precondition: every hash is 32 hexadecimal digits.
    package init(_ files: [File]) {
        var paths = PathList()
        for file in files { paths.append(file.path) }
        self.init(paths: paths, digests: files.map { MD5Digest(hex: $0.md5) ?? MD5Digest(high: 0, low: 0) })
    }

    /// Sorts where that is needed.
    init(paths: PathList, digests: [MD5Digest]) {
        if let order = paths.sortingOrder() {
            self.paths = paths.reordered(order)
            self.digests = order.map { digests[$0] }
        } else {
            (self.paths, self.digests) = (paths, digests)
        }
    }

    /// Reads a directory object.
    ///
    /// - Throws: ``Failure`` when a path would leave the directory, an entry is malformed, or a path appears twice.
    package init(_ bytes: [UInt8], file: String) throws {
        var paths = PathList()
        var digests: [MD5Digest] = []
        if !DirectoryTree.scan(bytes, &paths, &digests) {
            (paths, digests) = (PathList(), [])
            let node = try JSONParser.parse(bytes, file: file)
            guard let items = node.listValue else {
                throw Failure("data.tree", "found \(node.kindName) in '\(file)', expected a list")
            }
            for item in items {
                guard let path = item[key: "relpath"]?.stringValue, let md5 = item[key: "md5"]?.stringValue,
                    let digest = MD5Digest(hex: md5)
                else {
                    throw Failure(
                        "data.tree", "found a malformed entry in the directory listing '\(file)'",
                        hint: "fetch the listing again with: hftml pull")
                }
                paths.append(path)
                digests.append(digest)
            }
        }
        self.init(paths: paths, digests: digests)
        try self.paths.checkListing(file)
    }

    /// The same of files that were listed elsewhere.
    init(checking files: [File], file: String) throws {
        self.init(files)
        try paths.checkListing(file)
    }

    /// The object's bytes: canonical JSON, no newline.
    package var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(paths.bytes.count + 64 * count + 2)
        out.append(UInt8(ascii: "["))
        let head = Array("{\"md5\": \"".utf8), middle = Array("\", \"relpath\": ".utf8)
        var hex = [UInt8](repeating: 0, count: 32)
        for index in 0..<count {
            if index > 0 { out += [UInt8(ascii: ","), UInt8(ascii: " ")] }
            out += head
            hex.withUnsafeMutableBufferPointer { digests[index].write(into: $0) }
            out += hex
            out += middle
            let path = paths.bytes[paths.range(index)]
            if path.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
                out.append(UInt8(ascii: "\""))
                out += path
                out.append(UInt8(ascii: "\""))
            } else {
                out += JSONValue.string(paths[index]).text(.canonical).utf8
            }
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: "]"))
        return out
    }

    package var md5: String { Digest.md5(bytes) + ".dir" }

    /// Reads the canonical spelling without escapes, which nearly every listing has; false for anything else.
    private static func scan(_ bytes: [UInt8], _ paths: inout PathList, _ digests: inout [MD5Digest]) -> Bool {
        let head = Array("{\"md5\": \"".utf8), middle = Array("\", \"relpath\": \"".utf8), end = Array("\"}".utf8)
        return bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, bytes.count >= 2, bytes[0] == UInt8(ascii: "["),
                bytes[bytes.count - 1] == UInt8(ascii: "]")
            else { return false }
            paths.reserve(bytes.count / 64, bytes: bytes.count / 2)
            var at = 1
            let last = bytes.count - 1
            func take(_ text: [UInt8]) -> Bool {
                guard at + text.count <= last,
                    text.withUnsafeBytes({ memcmp(base + at, $0.baseAddress ?? base, text.count) == 0 })
                else { return false }
                at += text.count
                return true
            }
            if at == last { return true }
            while true {
                guard take(head), at + 32 <= last,
                    let digest = MD5Digest(hex: UnsafeRawBufferPointer(rebasing: bytes[at..<at + 32]))
                else { return false }
                at += 32
                guard take(middle), let close = memchr(base + at, 0x22, last - at) else { return false }
                let path = UnsafeRawBufferPointer(start: base + at, count: UnsafeRawPointer(close) - (base + at))
                if path.contains(where: { $0 == 0x5C || $0 < 0x20 || $0 >= 0x7F }) { return false }
                paths.append(path)
                digests.append(digest)
                at += path.count
                guard take(end) else { return false }
                if at == last { return true }
                guard take([UInt8(ascii: ","), UInt8(ascii: " ")]) else { return false }
            }
        }
    }
}
