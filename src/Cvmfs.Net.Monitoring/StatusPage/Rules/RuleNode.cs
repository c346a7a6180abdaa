namespace Cvmfs.Net.Monitoring.StatusPage.Rules;

/// <summary>A part of an expression that has a value once variables have.</summary>
internal abstract record RuleNode(int Column)
{
    public abstract RuleValue Evaluate(IReadOnlyDictionary<string, RuleValue> variables);

    protected static bool Truth(RuleValue value, int column, string of) => value.Kind == RuleValueKind.Boolean
        ? value.IsTrue
        : throw new RuleExpressionException($"{of} is the number {value}, expected true or false.", column);
}

internal sealed record LiteralNode(RuleValue Value, int Column) : RuleNode(Column)
{
    public override RuleValue Evaluate(IReadOnlyDictionary<string, RuleValue> variables) => Value;
}

internal sealed record VariableNode(string Name, int Column) : RuleNode(Column)
{
    public override RuleValue Evaluate(IReadOnlyDictionary<string, RuleValue> variables) => variables.TryGetValue(Name, out var value)
        ? value
        : throw new RuleExpressionException($"the variable {Name} has no value here.", Column);
}

internal sealed record UnaryNode(string Operator, RuleNode Operand, int Column) : RuleNode(Column)
{
    public override RuleValue Evaluate(IReadOnlyDictionary<string, RuleValue> variables)
    {
        var value = Operand.Evaluate(variables);
        if (Operator == "!") return RuleValue.Of(!Truth(value, Operand.Column, "what ! negates"));
        return value.Kind switch
        {
            RuleValueKind.Integer when value.Integer != long.MinValue => RuleValue.Of(-value.Integer),
            RuleValueKind.Decimal => RuleValue.Of(-value.Number),
            _ => throw new RuleExpressionException($"-{value} has no value.", Column),
        };
    }
}

internal sealed record BinaryNode(string Operator, RuleNode Left, RuleNode Right, int Column) : RuleNode(Column)
{
    public override RuleValue Evaluate(IReadOnlyDictionary<string, RuleValue> variables)
    {
        var left = Left.Evaluate(variables);
        // The right side of a decided "and" or "or" is not looked at: it may have no value.
        if (Operator is "&&" or "||" && Truth(left, Left.Column, $"the left side of {Operator}") == (Operator == "||")) return left;
        var right = Right.Evaluate(variables);
        return Operator switch
        {
            "&&" or "||" => RuleValue.Of(Truth(right, Right.Column, $"the right side of {Operator}")),
            "==" => RuleValue.Of(AreEqual(left, right)),
            "!=" => RuleValue.Of(!AreEqual(left, right)),
            "<" or "<=" or ">" or ">=" => RuleValue.Of(Compare(left, right)),
            _ => Calculate(left, right),
        };
    }

    private static bool AreEqual(RuleValue left, RuleValue right)
    {
        if (left.Kind == right.Kind && left.Kind != RuleValueKind.Decimal) return left == right;
        return left.Kind != RuleValueKind.Boolean && right.Kind != RuleValueKind.Boolean && left.Number == right.Number;
    }

    private bool Compare(RuleValue left, RuleValue right)
    {
        MustBeNumbers(left, right);
        int order = left.Kind == RuleValueKind.Integer && right.Kind == RuleValueKind.Integer
            ? left.Integer.CompareTo(right.Integer)
            : left.Number.CompareTo(right.Number);
        return Operator switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private RuleValue Calculate(RuleValue left, RuleValue right)
    {
        MustBeNumbers(left, right);
        if (left.Kind == RuleValueKind.Integer && right.Kind == RuleValueKind.Integer) return RuleValue.Of(Calculate(left.Integer, right.Integer));
        double result = Operator switch
        {
            "+" => left.Number + right.Number,
            "-" => left.Number - right.Number,
            "*" => left.Number * right.Number,
            "/" => left.Number / right.Number,
            _ => left.Number % right.Number,
        };
        return double.IsFinite(result) ? RuleValue.Of(result) : throw new RuleExpressionException($"{left} {Operator} {right} has no value.", Column);
    }

    private long Calculate(long left, long right)
    {
        if (Operator is "/" or "%" && right == 0) throw new RuleExpressionException("division by zero.", Column);
        try
        {
            return checked(Operator switch
            {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "/" => left / right,
                _ => right == -1 ? 0 : left % right, // the processor traps at the smallest number
            });
        }
        catch (OverflowException)
        {
            throw new RuleExpressionException($"{left} {Operator} {right} does not fit 64 bits.", Column);
        }
    }

    private void MustBeNumbers(RuleValue left, RuleValue right)
    {
        if (left.Kind == RuleValueKind.Boolean || right.Kind == RuleValueKind.Boolean)
        {
            throw new RuleExpressionException($"{left} {Operator} {right}: both sides must be numbers.", Column);
        }
    }
}
