import Basics
import Foundation

/// The symbolic links on the way to a place: also those that a link leads over, whose names the path does not show.
enum MetLinks {
    /// More than the system itself follows.
    private static let most = 64

    /// - Parameter path: absolute.
    /// - Returns: each with the directory, without links, that it lies in.
    static func on(_ path: String) -> [(directory: String, name: String)] {
        var place = "/", found: [(directory: String, name: String)] = []
        var rest = Array(path.split(separator: "/").reversed())
        while let part = rest.popLast(), found.count < most {
            if part == "." { continue }
            if part == ".." {
                place = Paths.parent(place)
                continue
            }
            let next = Paths.join(place, String(part))
            guard let target = target(next) else {
                place = next
                continue
            }
            found.append((place, String(part)))
            if target.hasPrefix("/") { place = "/" }
            rest += target.split(separator: "/").reversed()
        }
        return found
    }

    /// Where a link leads, as it says itself; nil for what is none.
    private static func target(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
