/* What a page looks like: light, dark, and on paper. */
#ifndef CAA_TALLY_PAGE_STYLE_H
#define CAA_TALLY_PAGE_STYLE_H

/* Everything in front of the title, which lets nothing come from elsewhere and no script run,
   whatever a log has put in. */
extern const char caa_page_head[];

/* The style sheet. */
extern const char caa_page_style[];

#endif
