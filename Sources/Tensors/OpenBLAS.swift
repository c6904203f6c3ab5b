package import Basics
import COpenBLAS

/// Debian's OpenBLAS, loaded when it is first asked for. See `COpenBLAS.h`.
package enum OpenBLAS {
    /// Whether the library is there.
    package enum Availability: Sendable, Equatable {
        /// - Parameters:
        ///   - core: the processor it chose its kernels for, such as `Zen` or `SkylakeX`; `OPENBLAS_CORETYPE` can
        ///     force another one, and the kernels' name records which it was.
        ///   - build: its version and how it was built.
        case available(core: String, build: String)
        /// The error that asking for it throws, with the command that installs it.
        case missing(Failure)
    }

    /// Loads the library, if no one has yet, and says whether it is there: what `hftml doctor` lists. Never ends the
    /// program.
    package static var availability: Availability {
        if let problem = hftml_openblas_load() {
            return .missing(
                Failure(
                    "openblas.missing", "found no OpenBLAS on this machine: \(String(cString: problem))",
                    hint: "install it with: apt-get install libopenblas0, or train with kernels: panels"))
        }
        return .available(
            core: String(cString: hftml_openblas_core()), build: String(cString: hftml_openblas_build()))
    }

    /// - Returns: the processor that OpenBLAS chose its kernels for.
    /// - Throws: ``Failure`` with the code `openblas.missing`.
    package static func load() throws(Failure) -> String {
        switch availability {
        case .available(let core, _): return core
        case .missing(let failure): throw failure
        }
    }

    /// A matrix as BLAS accepts it: its rows or its columns are dense.
    struct Operand {
        let pointer: UnsafePointer<Float>
        let isTransposed: Bool
        /// Floats from one dense line to the next.
        let leading: Int
        /// Keeps a copy alive.
        let copy: FloatBuffer?

        /// - Parameters:
        ///   - rows, columns: the shape.
        ///   - row, column: strides in floats. Where neither is 1, or rows overlap (convolutions read windows in
        ///     place), the matrix is copied first: O(rows · columns).
        init(_ p: UnsafePointer<Float>, rows: Int, columns: Int, row: Int, column: Int) {
            let transposes = column != 1 || (row == 1 && columns > 1)
            let stride = transposes ? column : row
            let lines = transposes ? columns : rows, length = transposes ? rows : columns
            if stride >= length || lines == 1 {
                (pointer, isTransposed, leading, copy) = (p, transposes, max(stride, length), nil)
                return
            }
            let dense = FloatBuffer(count: rows * columns)
            for i in 0..<rows { for j in 0..<columns { dense.pointer[i * columns + j] = p[i * row + j * column] } }
            (pointer, isTransposed, leading, copy) = (UnsafePointer(dense.pointer), false, columns, dense)
        }
    }

    /// C (M × N) = A (M × K) · B (K × N), or += when `accumulates`, on this thread.
    ///
    /// - Precondition: ``load()`` returned before; only kernels that were made with it get here.
    static func multiply(
        m: Int, n: Int, k: Int, _ a: Operand, _ b: Operand, c: UnsafeMutablePointer<Float>, cRow: Int, accumulates: Bool
    ) {
        func order(_ operand: Operand) -> Int32 {
            Int32(operand.isTransposed ? HFTML_CBLAS_TRANS : HFTML_CBLAS_NO_TRANS)
        }
        hftml_openblas_sgemm(
            Int32(HFTML_CBLAS_ROW_MAJOR), order(a), order(b), Int32(m), Int32(n), Int32(k), 1, a.pointer,
            Int32(a.leading), b.pointer, Int32(b.leading), accumulates ? 1 : 0, c, Int32(cRow))
        withExtendedLifetime((a.copy, b.copy)) {}
    }
}
