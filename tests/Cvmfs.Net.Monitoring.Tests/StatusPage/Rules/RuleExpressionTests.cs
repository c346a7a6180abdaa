using Cvmfs.Net.Monitoring.StatusPage.Rules;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.StatusPage.Rules;

public sealed class RuleExpressionTests
{
    private static readonly Dictionary<string, RuleValue> Variables = new()
    {
        ["two"] = RuleValue.Of(2),
        ["none"] = RuleValue.Of(0),
        ["half"] = RuleValue.Of(0.5),
        ["maintenance"] = RuleValue.Of(true),
        ["stratum1_servers"] = RuleValue.Of(1),
    };

    [Theory, Conforms("monitoring", 43)]
    [InlineData("1 + 2 * 3 == 7", true)]
    [InlineData("(1 + 2) * 3 == 9", true)]
    [InlineData("10 - 4 - 3 == 3", true)]
    [InlineData("7 / 2 == 3", true)]
    [InlineData("-7 / 2 == -3", true)]
    [InlineData("-7 % 3 == -1", true)]
    [InlineData("7.0 / 2 == 3.5", true)]
    [InlineData("1 < 2 == true", true)]
    [InlineData("1 + 1 < 3 && 2 >= 2", true)]
    [InlineData("true || false && false", true)]
    [InlineData("(true || false) && false", false)]
    [InlineData("!true || true", true)]
    [InlineData("!(true || true)", false)]
    [InlineData("!!maintenance", true)]
    [InlineData("--two == 2", true)]
    [InlineData("3 - -two == 5", true)]
    [InlineData("-two + 3 == 1", true)]
    [InlineData("1_000_000 > 999_999", true)]
    [InlineData("half < 1 && half * 2 == 1", true)]
    [InlineData("2 == 2.0", true)]
    [InlineData("true != false", true)]
    [InlineData("true == 1", false)]
    [InlineData("stratum1_servers > 1 && stratum1_servers < 2", false)]
    [InlineData("stratum1_servers < 2 || two > 3", true)]
    [InlineData(" \t two\n==2 ", true)]
    public void Values_are_those_of_the_language(string text, bool expected) => Assert.Equal(expected, RuleExpression.Parse(text).IsTrue(Variables));

    [Theory, Conforms("monitoring", 43)]
    [InlineData("false && nobody == 1", false)]
    [InlineData("true || 1 / none == 1", true)]
    public void What_is_decided_is_not_looked_at_further(string text, bool expected) => Assert.Equal(expected, RuleExpression.Parse(text).IsTrue(Variables));

    [Theory]
    [InlineData("", 1, "is empty")]
    [InlineData("   ", 1, "is empty")]
    [InlineData("two =  2", 5, "equality is ==")]
    [InlineData("two & 1", 5, "and is &&")]
    [InlineData("two == ", 8, "ends too early")]
    [InlineData("(two == 2", 10, "parenthesis of column 1 is not closed")]
    [InlineData("two == 2)", 9, "unexpected \")\"")]
    [InlineData("two 2", 5, "unexpected \"2\"")]
    [InlineData("abs(two)", 4, "functions cannot be called")]
    [InlineData("two == \"x\"", 8, "'\"' has no place")]
    [InlineData("9223372036854775808 > 0", 1, "does not fit 64 bits")]
    [InlineData("12abc", 1, "is no number")]
    [InlineData("1.", 1, "is no number")]
    [InlineData("x; y", 2, "';' has no place")]
    public void Errors_of_form_say_where_and_what(string text, int column, string message)
    {
        var error = Assert.Throws<RuleExpressionException>(() => RuleExpression.Parse(text));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(column, error.Column);
    }

    [Theory]
    [InlineData("nobody > 1", 1, "the variable nobody has no value")]
    [InlineData("two", 1, "the result is the number 2")]
    [InlineData("two && true", 1, "left side of && is the number 2")]
    [InlineData("true && two", 9, "right side of && is the number 2")]
    [InlineData("!two", 2, "is the number 2")]
    [InlineData("1 / none == 1", 3, "division by zero")]
    [InlineData("1 % none == 1", 3, "division by zero")]
    [InlineData("9223372036854775807 + 1 > 0", 21, "does not fit 64 bits")]
    [InlineData("(-9223372036854775807 - 1) / -1 > 0", 28, "does not fit 64 bits")]
    [InlineData("maintenance > 1", 13, "both sides must be numbers")]
    [InlineData("1 < 2 < 3", 7, "both sides must be numbers")]
    [InlineData("-maintenance == 1", 1, "-true has no value")]
    public void Errors_of_value_say_where_and_what(string text, int column, string message)
    {
        var error = Assert.Throws<RuleExpressionException>(() => RuleExpression.Parse(text).IsTrue(Variables));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(column, error.Column);
    }

    [Fact]
    public void Length_and_depth_are_limited()
    {
        string longest = "1 == 1" + new string(' ', RuleExpression.MaxBytes - 6);
        Assert.True(RuleExpression.Parse(longest).IsTrue(Variables));
        Assert.Throws<RuleExpressionException>(() => RuleExpression.Parse(longest + " "));
        Assert.True(RuleExpression.Parse(new string('(', 64) + "true" + new string(')', 64)).IsTrue(Variables));
        Assert.Contains("nested deeper than 64", Assert.Throws<RuleExpressionException>(() => RuleExpression.Parse(new string('!', 65) + "true")).Message, StringComparison.Ordinal);
        string chain = "0" + string.Concat(Enumerable.Repeat("+1", 2040)) + "> 1";
        Assert.True(RuleExpression.Parse(chain).IsTrue(Variables));
    }

    [Fact]
    public void No_text_does_anything_but_have_a_value_or_a_rule_error()
    {
        string[] words = ["two", "none", "1", "0.5", "true", "(", ")", "!", "-", "+", "*", "/", "%", "==", "<", "&&", "||", " ", "=", "é", "9223372036854775807"];
        const int seed = 20260110;
        var random = new Random(seed);
        int values = 0;
        for (int run = 0; run < 5000; run++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => words[random.Next(words.Length)]));
            try
            {
                RuleExpression.Parse(text).IsTrue(Variables);
                values++;
            }
            catch (RuleExpressionException odd)
            {
                Assert.InRange(odd.Column, 1, text.Length + 1);
            }
        }

        Assert.True(values > 20, $"only {values} texts had a value, seed {seed}");
    }
}
