import CKernels
import COpenBLAS
import Foundation

/// Matrix products: our panel kernel, and OpenBLAS as its judge and as the path for large problems.
///
/// Both are called on one thread; parallelism lives above, in gradient shards. Only the panel kernel is
/// bit-reproducible across thread counts and vector widths, so it is what training and the runtime use;
/// `HFTML_KERNELS=openblas` switches the layers to OpenBLAS to compare.
package enum MatrixProduct {
    package enum Backend: String, Sendable, CaseIterable {
        case panels
        case openblas
    }

    /// The backend of this process, from `HFTML_KERNELS`.
    package static let backend: Backend =
        ProcessInfo.processInfo.environment["HFTML_KERNELS"].flatMap(Backend.init) ?? .panels

    private static let singleThreaded: Void = openblas_set_num_threads(1)

    /// C (M × N) = A (M × K) · B (K × N), or += when `accumulates`; all row-major and dense in their last dimension
    /// unless strides say otherwise.
    ///
    /// A(m, k) is at `a[m · aRow + k · aColumn]`, one of the two strides being 1; B(k, n) is at `b[k · bRow + n]`. Our
    /// kernel reads B in place, up to 15 floats past its end (a ``FloatBuffer`` has room for that); columns of another
    /// stride are packed by the caller beforehand.
    @inline(__always)
    package static func multiply(
        m: Int, n: Int, k: Int, a: UnsafePointer<Float>, aRow: Int, aColumn: Int, b: UnsafePointer<Float>, bRow: Int,
        bColumn: Int = 1, c: UnsafeMutablePointer<Float>, cRow: Int, accumulates: Bool,
        backend: Backend = MatrixProduct.backend
    ) {
        switch backend {
        case .panels:
            precondition(bColumn == 1, "B must be dense in its rows")
            var product = ck_product(
                m: Int32(m), n: Int32(n), taps: 1, depth: Int32(k), a: a, a_row: aRow, a_column: aColumn, a_tap: 0,
                b: b, b_step: bRow,
                b_next: Int(CK_PANEL), c: c, c_row: cRow, accumulate: accumulates ? 1 : 0, bias: nil,
                activation: Int32(CK_IDENTITY), backwards: 0)
            ck_product_run(&product)
        case .openblas:
            _ = singleThreaded
            openBLAS(
                m: m, n: n, k: k, dense(a, rows: m, columns: k, aRow, aColumn),
                dense(b, rows: k, columns: n, bRow, bColumn),
                c: c, cRow: cRow, accumulates: accumulates)
        }
    }

    private struct Operand {
        let pointer: UnsafePointer<Float>
        let isTransposed: Bool
        let leading: Int
        /// Keeps a copy alive.
        let copy: FloatBuffer?
    }

    /// A matrix as BLAS accepts it. Overlapping rows (convolutions read windows in place) are copied apart first: this
    /// path is for comparison, not for speed.
    private static func dense(_ p: UnsafePointer<Float>, rows: Int, columns: Int, _ row: Int, _ column: Int) -> Operand
    {
        let isTransposed = column != 1 || (row == 1 && columns > 1)
        let leading = isTransposed ? column : row
        if leading >= (isTransposed ? rows : columns) || (isTransposed ? columns : rows) == 1 {
            return Operand(
                pointer: p, isTransposed: isTransposed, leading: max(leading, isTransposed ? rows : columns), copy: nil)
        }
        let copy = FloatBuffer(count: rows * columns)
        for i in 0..<rows { for j in 0..<columns { copy.pointer[i * columns + j] = p[i * row + j * column] } }
        return Operand(pointer: copy.pointer, isTransposed: false, leading: columns, copy: copy)
    }

    private static func openBLAS(
        m: Int, n: Int, k: Int, _ a: Operand, _ b: Operand, c: UnsafeMutablePointer<Float>, cRow: Int, accumulates: Bool
    ) {
        cblas_sgemm(
            Int32(HFTML_CBLAS_ROW_MAJOR), Int32(a.isTransposed ? HFTML_CBLAS_TRANS : HFTML_CBLAS_NO_TRANS),
            Int32(b.isTransposed ? HFTML_CBLAS_TRANS : HFTML_CBLAS_NO_TRANS), Int32(m), Int32(n), Int32(k), 1,
            a.pointer,
            Int32(a.leading), b.pointer, Int32(b.leading), accumulates ? 1 : 0, c, Int32(cRow))
        withExtendedLifetime((a.copy, b.copy)) {}
    }

    /// Floats of a packed K × N matrix.
    package static func packedSize(k: Int, n: Int) -> Int { Int(ck_packed_size(Int32(k), Int32(n))) }

    /// The processor type OpenBLAS runs for, such as `Zen` or `SkylakeX`.
    package static var openBLASCore: String { String(cString: openblas_get_corename()) }

    /// The instruction set of our own kernels.
    package static var kernelLevel: String {
        switch Int(ck_level()) {
        case CK_AVX512: "AVX-512"
        case CK_AVX2: "AVX2"
        default: "portable"
        }
    }

    /// The highest level this processor offers: 0 portable, 1 AVX2, 2 AVX-512.
    package static var bestLevel: Int { Int(ck_best_level()) }
}
