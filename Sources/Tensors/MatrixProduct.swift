import Basics
import CKernels

/// Matrix products of plain and of packed matrices.
///
/// Called on one thread; parallelism lives above, in gradient shards. ``ProductKernels`` says what computes.
package enum MatrixProduct {
    /// C (M × N) = A (M × K) · B (K × N), or += when `accumulates`; all row-major and dense in their last dimension
    /// unless strides say otherwise. Sums in 32 bits, in the order of K with our own kernels.
    ///
    /// A(m, k) is at `a[m · aRow + k · aColumn]`, one of the two strides being 1; B(k, n) is at `b[k · bRow + n]`. Our
    /// kernel reads B in place, up to 15 floats past its end (a ``FloatBuffer`` has room for that); columns of another
    /// stride are packed by the caller beforehand.
    ///
    /// Complexity: O(M · N · K). Allocates only under OpenBLAS, for operands that it cannot read in place.
    @inline(__always)
    package static func multiply(
        m: Int, n: Int, k: Int, a: UnsafePointer<Float>, aRow: Int, aColumn: Int, b: UnsafePointer<Float>, bRow: Int,
        bColumn: Int = 1, c: UnsafeMutablePointer<Float>, cRow: Int, accumulates: Bool, _ kernels: ProductKernels
    ) {
        switch kernels.library {
        case .panels:
            precondition(bColumn == 1, "B must be dense in its rows")
            var product = ck_product(
                m: Int32(m), n: Int32(n), taps: 1, depth: Int32(k), a: a, a_row: aRow, a_column: aColumn, a_tap: 0,
                b: b, b_step: bRow, b_next: Int(CK_PANEL), c: c, c_row: cRow, accumulate: accumulates ? 1 : 0,
                bias: nil, activation: Int32(CK_IDENTITY), backwards: 0, precision: kernels.precision.code)
            ck_product_run(&product)
        case .openblas:
            OpenBLAS.multiply(
                m: m, n: n, k: k, OpenBLAS.Operand(a, rows: m, columns: k, row: aRow, column: aColumn),
                OpenBLAS.Operand(b, rows: k, columns: n, row: bRow, column: bColumn), c: c, cRow: cRow,
                accumulates: accumulates)
        }
    }

    /// C (M × N) = A (M × K) · B for a B that `ck_pack` laid out, always with our own kernels: products of a sample's
    /// own matrices, which are too small for a library.
    @inline(__always)
    package static func multiply(
        m: Int, n: Int, k: Int, a: UnsafePointer<Float>, aRow: Int, aColumn: Int = 1, panels: UnsafePointer<Float>,
        c: UnsafeMutablePointer<Float>, cRow: Int, accumulates: Bool, _ kernels: ProductKernels
    ) {
        ck_matmul(
            Int32(m), Int32(n), Int32(k), a, aRow, aColumn, panels, c, cRow, accumulates ? 1 : 0, nil,
            kernels.precision.code)
    }

    /// Floats of a packed K × N matrix.
    package static func packedSize(k: Int, n: Int) -> Int { Int(ck_packed_size(Int32(k), Int32(n))) }

    /// The highest level this processor offers: 0 portable, 1 AVX2, 2 AVX-512.
    package static var bestLevel: Int { Int(ck_best_level()) }
}
