import Basics
import CHDF5
import Foundation

/// An open HDF5 file; closed when it goes.
final class HDF5File {
    let id: Int64
    let path: String

    init(_ path: String, isNew: Bool) throws {
        guard hftml_hdf5_load() == 0 else {
            throw Failure(
                "weights.no-library", "cannot load libhdf5", hint: "install it with: \(HDF5Library.installation)")
        }
        if !isNew, !Paths.exists(path) { throw Failure("weights.no-file", "found no file '\(path)'") }
        id = isNew ? hftml_hdf5_create(path) : hftml_hdf5_open(path)
        self.path = path
        guard id >= 0 else {
            throw Failure(
                "weights.hdf5", "cannot \(isNew ? "create" : "read") '\(path)'",
                hint: isNew ? nil : "the file is damaged or not HDF5")
        }
    }

    deinit { if id >= 0 { hftml_hdf5_close(id) } }

    func check(_ result: Int32, _ what: String) throws {
        guard result >= 0 else {
            throw Failure(
                "weights.hdf5", "cannot \(what) in '\(path)'", hint: "the file is damaged, or the disk is full")
        }
    }

    /// The texts of an attribute.
    func texts(_ name: String, of object: String) throws -> [String] {
        final class List { var texts: [String] = [] }
        let list = List()
        let result = hftml_hdf5_read_texts(id, object, name, Unmanaged.passUnretained(list).toOpaque()) {
            context, text, length in
            guard let context, let text else { return }
            let bytes = UnsafeRawBufferPointer(start: text, count: length)
            Unmanaged<List>.fromOpaque(context).takeUnretainedValue().texts.append(
                String(decoding: bytes, as: UTF8.self))
        }
        try check(result, "read the list '\(name)' of '\(object)'")
        return list.texts
    }

    func setTexts(_ texts: [String], _ name: String, of object: String, isList: Bool = true) throws {
        // Kept alive until the call returns.
        let copies = texts.map { Array($0.utf8CString) }
        var pointers: [UnsafePointer<CChar>?] = []
        func withAll(_ index: Int, _ body: () throws -> Void) rethrows {
            guard index < copies.count else { return try body() }
            try copies[index].withUnsafeBufferPointer {
                pointers.append($0.baseAddress)
                try withAll(index + 1, body)
            }
        }
        try withAll(0) {
            try check(
                hftml_hdf5_write_texts(id, object, name, isList ? Int32(texts.count) : -1, pointers),
                "write the list '\(name)' of '\(object)'")
        }
    }

    /// Whether there is an object of that name.
    func has(_ name: String) -> Bool { hftml_hdf5_exists(id, name) > 0 }

    /// One text attribute, nil where there is none.
    func text(_ name: String, of object: String) -> String? { try? texts(name, of: object).first }

    /// The shape of a dataset.
    func shape(_ name: String) throws -> [Int] {
        var dims = [UInt64](repeating: 0, count: 8)
        let rank = hftml_hdf5_shape(id, name, &dims)
        try check(rank, "read the shape of '\(name)'")
        return dims.prefix(Int(rank)).map { Int(clamping: $0) }
    }

    /// The values of a dataset of floats, whatever their width.
    ///
    /// - Parameter count: values that it has.
    func values(_ name: String, count: Int) throws -> [Float] {
        var values = [Float](repeating: 0, count: count)
        try check(hftml_hdf5_read(id, name, &values, UInt64(count)), "read '\(name)' as floating-point numbers")
        return values
    }

    /// Writes a new dataset.
    func set(_ name: String, shape: [Int], _ values: [Float]) throws {
        let dims = shape.map(UInt64.init)
        try check(hftml_hdf5_write(id, name, Int32(dims.count), dims, values), "write '\(name)'")
    }

    /// Makes a group.
    func makeGroup(_ name: String) throws { try check(hftml_hdf5_group(id, name), "write the group '\(name)'") }
}
