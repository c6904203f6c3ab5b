import Basics
import Foundation

/// Many relative paths in one buffer: 100,000 of them are two allocations, and comparing two lists is `memcmp`.
package struct PathList: Sendable, Equatable {
    private(set) var bytes: [UInt8] = []
    /// Where each path ends in `bytes`.
    private(set) var ends: [Int] = []

    package init() {}

    init(bytes: [UInt8], ends: [Int]) {
        self.bytes = bytes
        self.ends = ends
    }

    package var count: Int { ends.count }

    mutating func reserve(_ paths: Int, bytes count: Int) {
        ends.reserveCapacity(paths)
        bytes.reserveCapacity(count)
    }

    mutating func append(_ path: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: path)
        ends.append(bytes.count)
    }

    mutating func append(_ path: String) {
        bytes.append(contentsOf: path.utf8)
        ends.append(bytes.count)
    }

    mutating func append(_ other: PathList) {
        let start = bytes.count
        bytes += other.bytes
        ends += other.ends.map { start + $0 }
    }

    /// A path made of a directory (may be empty) and a name.
    mutating func append(_ directory: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer) {
        if !directory.isEmpty {
            bytes.append(contentsOf: directory)
            bytes.append(UInt8(ascii: "/"))
        }
        bytes.append(contentsOf: name)
        ends.append(bytes.count)
    }

    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    package subscript(index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

    /// The paths in the order of their bytes, which is the order of their code points; nil when they stand in it
    /// already.
    func sortingOrder() -> [Int]? {
        bytes.withUnsafeBytes { bytes in
            ends.withUnsafeBufferPointer { ends in
                guard let base = bytes.baseAddress else { return nil }
                func isBefore(_ a: Int, _ b: Int) -> Bool {
                    let startA = a == 0 ? 0 : ends[a - 1], startB = b == 0 ? 0 : ends[b - 1]
                    let countA = ends[a] - startA, countB = ends[b] - startB
                    let order = memcmp(base + startA, base + startB, min(countA, countB))
                    return order != 0 ? order < 0 : countA < countB
                }
                var isSorted = true
                for index in 0..<max(ends.count - 1, 0) where !isBefore(index, index + 1) {
                    isSorted = false
                    break
                }
                return isSorted ? nil : (0..<ends.count).sorted(by: isBefore)
            }
        }
    }

    func reordered(_ order: [Int]) -> PathList {
        var out = PathList()
        out.reserve(count, bytes: bytes.count)
        bytes.withUnsafeBytes { bytes in
            for index in order { out.append(UnsafeRawBufferPointer(rebasing: bytes[range(index)])) }
        }
        return out
    }

    /// Compares one path of this list with one of another, by bytes.
    func compare(_ index: Int, with other: PathList, _ otherIndex: Int) -> Int {
        let a = range(index), b = other.range(otherIndex)
        return bytes.withUnsafeBytes { mine in
            other.bytes.withUnsafeBytes { theirs in
                guard let x = mine.baseAddress, let y = theirs.baseAddress else { return a.count - b.count }
                let order = memcmp(x + a.lowerBound, y + b.lowerBound, min(a.count, b.count))
                return order != 0 ? Int(order) : a.count - b.count
            }
        }
    }
}
