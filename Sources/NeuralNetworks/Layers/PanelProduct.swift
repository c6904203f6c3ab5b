import Basics
import CKernels
import Tensors

/// A product with weights that were packed once per step, or with OpenBLAS from the plain weights when it is selected.
enum PanelProduct {
    @inline(__always)
    static func run(
        m: Int, n: Int, k: Int, a: UnsafePointer<Float>, aRow: Int, aColumn: Int, packed: UnsafePointer<Float>,
        b: UnsafePointer<Float>, bRow: Int, bColumn: Int, c: UnsafeMutablePointer<Float>, cRow: Int,
        bias: UnsafePointer<Float>?, accumulates: Bool = false, activation: Activation.Function? = nil,
        backwards: Bool = false, _ kernels: ProductKernels
    ) {
        if kernels.library == .panels {
            var product = ck_product(
                m: Int32(m), n: Int32(n), taps: 1, depth: Int32(k), a: a, a_row: aRow, a_column: aColumn, a_tap: 0,
                b: packed, b_step: Int(CK_PANEL),
                b_next: k * Int(CK_PANEL), c: c, c_row: cRow, accumulate: accumulates ? 1 : 0, bias: bias,
                activation: activation?.kernel ?? Int32(CK_IDENTITY), backwards: backwards ? 1 : 0,
                precision: kernels.precision.code)
            ck_product_run(&product)
            return
        }
        if let bias {
            for row in 0..<m { (c + row * cRow).update(from: bias, count: n) }
        }
        MatrixProduct.multiply(
            m: m, n: n, k: k, a: a, aRow: aRow, aColumn: aColumn, b: b, bRow: bRow, bColumn: bColumn, c: c, cRow: cRow,
            accumulates: accumulates || bias != nil, kernels)
        if let activation { for row in 0..<m { ck_activate(activation.kernel, n, c + row * cRow, c + row * cRow) } }
    }
}
