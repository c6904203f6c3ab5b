/// Currencies that are hundredths of another: what shares of London, Johannesburg and Tel Aviv are quoted in.
enum HundredthCurrency {
    /// The whole currency of each.
    static let wholes = ["GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ZAC": "ZAR", "ILA": "ILS"]
}
