/** How the numbers of the HTML report come about, for a reader who was not there. */
import type { SurveyReport } from '../report.ts';
import { whole } from './formats.ts';
import { markup } from './template.ts';
import type { Html } from './template.ts';

export function methodSection({ dataset, spec }: SurveyReport): Html {
  return markup`<section id="method">
<h2>How the numbers come about</h2>
<p><strong>Students.</strong> From scratch, a student learns the labels of the training reviews. With soft targets it learns the probabilities that the teacher gives them, softened by a temperature T (Hinton, Vinyals and Dean 2015); a label weight above 0 mixes the loss on the labels in. Soft then labels: the student that soft targets made learns the labels as well, for as many epochs again, so that it has seen the reviews twice as often. Apart from that, runs of the same network and seed start from the same weights. A run that did the same before the survey is taken over, and its model keeps its name.</p>
<p><strong>Figures.</strong> Every model classifies the same ${whole(dataset.testReviews)} test reviews, which played no part in training. Precision, recall and F1 are those of the positive class. Agreement is the share of reviews to which student and teacher give the same answer. The calibration error is how far a model's confidence is from its accuracy, on average over 15 ranges of confidence (Guo et al. 2017). Latency is the time that one review takes, tokenising included: medians over ${whole(spec.latencyReviews)} reviews, classified one by one.</p>
<p><strong>Intervals.</strong> A condition is trained once with each seed, and its figures are means over seeds. The interval after ± is Student's t over seeds (Student 1908): it says how much another set of seeds would change the mean. The interval of a single model's accuracy is Wilson's, over reviews like these (Wilson 1927).</p>
<p><strong>Comparisons.</strong> Two conditions are compared in pairs of the same seed, on the same reviews. The difference is the mean over those pairs, with two intervals: over seeds, Student's t of the paired differences; over reviews, a bootstrap that draws the reviews anew, the same ones for both models of every pair (Efron and Tibshirani 1993).</p>
<p><strong>p values.</strong> Of each pair, McNemar's exact test on the reviews that only one of the two models gets right (McNemar 1947). The largest p value over the seeds stands for the comparison, and is corrected for the number of comparisons in its table (Holm 1979).</p>
<p><strong>Verdicts.</strong> Better or worse only where every seed's difference points the same way, the corrected p value is below 0.05, and the interval over reviews leaves zero out. All else is undecided, which does not mean equal.</p>
<p><strong>Published figures</strong> are of other training runs, perhaps on other reviews and with other settings. They stand beside the measured ones for orientation and are part of no test.</p>
<h3>Sources</h3>
<ul>
<li>B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993.</li>
<li>C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On calibration of modern neural networks, 2017, arXiv 1706.04599.</li>
<li>G. Hinton, O. Vinyals and J. Dean, Distilling the knowledge in a neural network, 2015, arXiv 1503.02531.</li>
<li>S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.</li>
<li>Q. McNemar, Note on the sampling error of the difference between correlated proportions or percentages, Psychometrika 12, 1947.</li>
<li>Student, The probable error of a mean, Biometrika 6, 1908.</li>
<li>E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American Statistical Association 22, 1927.</li>
</ul>
</section>
`;
}
