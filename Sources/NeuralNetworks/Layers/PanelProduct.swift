import CKernels
import Tensors

/// A product with weights that were packed once per step, or with OpenBLAS from the plain weights when it is selected.
enum PanelProduct {
    @inline(__always)
    static func run(
        m: Int, n: Int, k: Int, a: UnsafePointer<Float>, aRow: Int, aColumn: Int, packed: UnsafePointer<Float>,
        b: UnsafePointer<Float>, bRow: Int, bColumn: Int, c: UnsafeMutablePointer<Float>, cRow: Int,
        bias: UnsafePointer<Float>?, accumulates: Bool = false
    ) {
        if MatrixProduct.backend == .panels {
            ck_matmul(Int32(m), Int32(n), Int32(k), a, aRow, aColumn, packed, c, cRow, accumulates ? 1 : 0, bias)
            return
        }
        if let bias {
            for row in 0..<m { (c + row * cRow).update(from: bias, count: n) }
        }
        MatrixProduct.multiply(
            m: m, n: n, k: k, a: a, aRow: aRow, aColumn: aColumn, b: b, bRow: bRow, bColumn: bColumn, c: c, cRow: cRow,
            accumulates: accumulates || bias != nil, scratch: c)
    }
}
