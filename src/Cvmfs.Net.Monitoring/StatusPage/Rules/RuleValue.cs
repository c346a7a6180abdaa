using System.Globalization;

namespace Cvmfs.Net.Monitoring.StatusPage.Rules;

/// <summary>What an expression's part is worth: an integer, a decimal or a truth value. The default is the integer 0.</summary>
public readonly record struct RuleValue
{
    private readonly RuleValueKind _kind;
    private readonly long _integer;
    private readonly double _decimal;

    private RuleValue(RuleValueKind kind, long integer, double number) => (_kind, _integer, _decimal) = (kind, integer, number);

    /// <summary>Which of the three.</summary>
    public RuleValueKind Kind => _kind;

    /// <summary>The truth value; false for numbers.</summary>
    public bool IsTrue => _kind == RuleValueKind.Boolean && _integer != 0;

    /// <summary>The integer; 0 for decimals.</summary>
    public long Integer => _kind == RuleValueKind.Integer ? _integer : 0;

    /// <summary>The number, integers converted.</summary>
    public double Number => _kind == RuleValueKind.Decimal ? _decimal : _integer;

    /// <summary>A truth value.</summary>
    public static RuleValue Of(bool value) => new(RuleValueKind.Boolean, value ? 1 : 0, 0);

    /// <summary>An integer.</summary>
    public static RuleValue Of(long value) => new(RuleValueKind.Integer, value, 0);

    /// <summary>A decimal.</summary>
    public static RuleValue Of(double value) => new(RuleValueKind.Decimal, 0, value);

    /// <summary>The value as an expression would write it.</summary>
    public override string ToString() => _kind switch
    {
        RuleValueKind.Boolean => IsTrue ? "true" : "false",
        RuleValueKind.Decimal => _decimal.ToString("R", CultureInfo.InvariantCulture),
        _ => _integer.ToString(CultureInfo.InvariantCulture),
    };
}

/// <summary>Kinds of <see cref="RuleValue"/>.</summary>
public enum RuleValueKind
{
    /// <summary>64 bits, signed.</summary>
    Integer,

    /// <summary>Floating point.</summary>
    Decimal,

    /// <summary>True or false.</summary>
    Boolean,
}
